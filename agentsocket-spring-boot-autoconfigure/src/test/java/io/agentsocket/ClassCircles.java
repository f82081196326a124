package io.agentsocket;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;

/**
 * The circles of a set of classes: largest groups of which each class uses each other
 * one, directly or through others of the group. A nested class counts as the class around
 * it. Three uses are left out, since they follow from the design and not from the cut:
 * <ul>
 * <li>A class {@code X} names {@code XBuilder}, which is the way to get an
 * {@code X};</li>
 * <li>a functional interface names types in the signature of its method: it is the form
 * of a callback and has no code. An object that has a callback is often an argument of
 * it;</li>
 * <li>an annotation has no code, and names the classes that read it in annotations of its
 * own: Spring finds them there.</li>
 * </ul>
 * Uses the algorithm of Tarjan.
 */
final class ClassCircles {

	private final Map<String, Set<String>> uses = new TreeMap<>();

	private final Map<String, Integer> indexes = new HashMap<>();

	private final Map<String, Integer> lowest = new HashMap<>();

	private final Deque<String> path = new ArrayDeque<>();

	private final List<Set<String>> circles = new ArrayList<>();

	private ClassCircles() {
	}

	/**
	 * Find the circles of classes.
	 * @param classes the classes
	 * @param base package whose name is left out of the names
	 * @return names of the classes of each circle
	 */
	static List<Set<String>> of(Collection<JavaClass> classes, String base) {
		ClassCircles circles = new ClassCircles();
		for (JavaClass type : classes) {
			Set<String> used = circles.uses.computeIfAbsent(name(type, base), (name) -> new TreeSet<>());
			for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
				JavaClass target = dependency.getTargetClass().getBaseComponentType();
				if (target.getPackageName().startsWith(base) && !type.isAnnotation() && !isBuilder(type, target)
						&& !isOfCallback(type, target)) {
					used.add(name(target, base));
				}
			}
		}
		circles.uses.keySet().forEach((type) -> {
			if (!circles.indexes.containsKey(type)) {
				circles.visit(type);
			}
		});
		return circles.circles;
	}

	private static boolean isBuilder(JavaClass type, JavaClass target) {
		return target.getName().equals(type.getName() + "Builder");
	}

	/**
	 * Whether a functional interface names a type in the signature of its method only.
	 */
	private static boolean isOfCallback(JavaClass type, JavaClass target) {
		return type.isAnnotatedWith(FunctionalInterface.class)
				&& type.getAllRawInterfaces().stream().noneMatch(target::equals)
				&& type.getAccessesFromSelf().stream().noneMatch((access) -> access.getTargetOwner().equals(target))
				&& type.getMethods()
					.stream()
					.filter((method) -> !method.getModifiers().contains(JavaModifier.ABSTRACT))
					.noneMatch((method) -> method.getAllInvolvedRawTypes().contains(target));
	}

	private static String name(JavaClass type, String base) {
		return type.getName().substring(base.length() + 1).replaceFirst("\\$.*", "");
	}

	private void visit(String type) {
		int index = this.indexes.size();
		this.indexes.put(type, index);
		this.lowest.put(type, index);
		this.path.push(type);
		for (String used : this.uses.get(type)) {
			if (this.uses.containsKey(used)) {
				if (!this.indexes.containsKey(used)) {
					visit(used);
					this.lowest.merge(type, this.lowest.get(used), Math::min);
				}
				else if (this.path.contains(used)) {
					this.lowest.merge(type, this.indexes.get(used), Math::min);
				}
			}
		}
		if (this.lowest.get(type) == index) {
			close(type);
		}
	}

	private void close(String root) {
		Set<String> circle = new TreeSet<>();
		String type;
		do {
			type = this.path.pop();
			circle.add(type);
		}
		while (!type.equals(root));
		if (circle.size() > 1) {
			this.circles.add(circle);
		}
	}

}
