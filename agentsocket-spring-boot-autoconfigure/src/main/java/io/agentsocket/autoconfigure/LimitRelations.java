package io.agentsocket.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import org.springframework.util.unit.DataSize;

/**
 * The rules between the limits of one side. A limit that breaks one is named with the
 * other limit; blamed is the one that was set.
 */
final class LimitRelations {

	private static final int KB = 1024;

	private LimitRelations() {
	}

	/**
	 * Look for broken rules.
	 * @param prefix prefix of the properties
	 * @param limits the limits
	 * @param set tells of a property whether it was set
	 * @param fits tells of a property whether its value is right by itself
	 * @return the broken relations, each limit once
	 */
	static List<Broken> check(String prefix, AgentSocketProperties.Limits limits, Predicate<String> set,
			Predicate<String> fits) {
		Limit frame = new Limit(prefix + "frame", limits.frame());
		Limit message = new Limit(prefix + "message", limits.message());
		Limit item = new Limit(prefix + "item", limits.item());
		Limit assembly = new Limit(prefix + "assembly", limits.assembly());
		Limit window = new Limit(prefix + "window", limits.window());
		Limit metadata = new Limit(prefix + "metadata", limits.metadata());
		List<Relation> relations = List.of(
				new Relation(message, frame, "message must be at least as large as frame", message.isAtLeast(frame, 1)),
				new Relation(item, frame, "item must be at least as large as frame", item.isAtLeast(frame, 1)),
				new Relation(assembly, item, "assembly must be at least as large as item", assembly.isAtLeast(item, 1)),
				new Relation(window, frame, "window must be at least two frames", window.isAtLeast(frame, 2)),
				new Relation(metadata, frame, "metadata must not be larger than frame", frame.isAtLeast(metadata, 1)));
		List<Broken> broken = new ArrayList<>();
		for (Relation relation : relations) {
			if (!relation.holds() && fits.test(relation.one().property()) && fits.test(relation.other().property())) {
				add(broken, relation, set);
			}
		}
		return broken;
	}

	private static void add(List<Broken> broken, Relation relation, Predicate<String> set) {
		boolean isSet = set.test(relation.one().property()) || !set.test(relation.other().property());
		Limit blamed = isSet ? relation.one() : relation.other();
		Limit other = isSet ? relation.other() : relation.one();
		String text = "The rule is: " + relation.rule() + "; " + relation.one().told(set) + ", and "
				+ relation.other().told(set) + ".";
		String change = "Change it, or set " + other.property() + " to a value that fits it.";
		for (int i = 0; i < broken.size(); i++) {
			if (broken.get(i).property().equals(blamed.property())) {
				broken.set(i, new Broken(blamed.property(), blamed.size(), broken.get(i).rule() + " " + text, change));
				return;
			}
		}
		broken.add(new Broken(blamed.property(), blamed.size(), text, change));
	}

	/**
	 * A limit that does not fit others.
	 *
	 * @param property the property that is to blame
	 * @param value its value
	 * @param rule the rules that it breaks, in sentences
	 * @param change the mend
	 */
	record Broken(String property, DataSize value, String rule, String change) {

	}

	private record Limit(String property, DataSize size) {

		boolean isAtLeast(Limit other, int times) {
			return this.size.toBytes() >= times * other.size.toBytes();
		}

		String told(Predicate<String> set) {
			String name = this.property.substring(this.property.lastIndexOf('.') + 1);
			return name + " is " + text() + (set.test(this.property) ? "" : ", the default");
		}

		private String text() {
			long bytes = this.size.toBytes();
			return (bytes % KB == 0 && bytes != 0) ? bytes / KB + "KB" : bytes + "B";
		}

	}

	private record Relation(Limit one, Limit other, String rule, boolean holds) {

	}

}
