package io.agentsocket.tool;

import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.StateUse;
import io.agentsocket.annotation.AgentState;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.method.MethodNames;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import io.agentsocket.tool.execution.ToolGuard;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * The annotations of a tool, on its method and its class: they say all of its action but
 * arguments and results.
 *
 * @param bean the bean
 * @param method one of its methods
 * @param tool the annotation of the method
 */
record ToolDeclaration(AnnotatedBean bean, Method method, AgentTool tool) {

	private static final int MAX_NAME = 128;

	/**
	 * The name of the action.
	 * @return prefix and name, not necessarily valid
	 */
	String name() {
		AgentTool type = ofType();
		String prefix = (type != null && !type.value().isEmpty()) ? type.value() + "." : "";
		return prefix + (this.tool.value().isEmpty() ? MethodNames.of(this.method) : this.tool.value());
	}

	private @Nullable AgentTool ofType() {
		return AnnotatedElementUtils.findMergedAnnotation(this.bean.type(), AgentTool.class);
	}

	/**
	 * Attributes that are set on a class and hold for none of its methods.
	 * @param type the annotation of the class
	 * @return their names in their order
	 */
	static List<String> withoutEffect(AgentTool type) {
		Map<String, Boolean> set = new LinkedHashMap<>();
		set.put("title", !type.title().isEmpty());
		set.put("description", !type.description().isEmpty());
		set.put("readOnly", type.readOnly());
		set.put("destructive", type.destructive());
		set.put("idempotent", type.idempotent());
		set.put("openWorld", type.openWorld());
		set.put("approval", type.approval());
		set.put("timeout", !type.timeout().isEmpty());
		set.put("blocking", type.blocking() != AgentTool.Blocking.BY_RETURN_TYPE);
		set.values().removeIf((present) -> !present);
		return List.copyOf(set.keySet());
	}

	/** Begins to build the action. */
	Action.Builder action(@Nullable Duration timeout) {
		Action.Builder builder = Action.named(name())
			.title(this.tool.title().isEmpty() ? null : this.tool.title())
			.description(this.tool.description().isEmpty() ? null : this.tool.description())
			.hints(new ActionHints(this.tool.readOnly(), this.tool.destructive(), this.tool.idempotent(),
					this.tool.openWorld(), this.tool.approval(), timeout));
		AgentTool type = ofType();
		for (String[] tags : List.of((type != null) ? type.tags() : new String[0], this.tool.tags())) {
			builder.tags(tags);
		}
		return builder;
	}

	void checkName(DeclarationErrors problems) {
		String name = name();
		if (!Names.isValid(name) || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
			problems.add(this.bean, this.method, "'" + name + "' is no name for an action.",
					"Use at most " + MAX_NAME + " letters, digits and _ . - /, and begin with a letter, digit or _.");
		}
		else if (name.startsWith(Names.RESERVED_PREFIX)) {
			problems.add(this.bean, this.method, "'" + name + "' is reserved for the protocol.",
					"Use a name that does not begin with '" + Names.RESERVED_PREFIX + "'.");
		}
	}

	/** The timeout; null when there is none, or when there is a mistake. */
	@Nullable Duration timeout(DeclarationErrors problems) {
		String text = this.tool.timeout();
		if (text.isEmpty()) {
			return null;
		}
		try {
			Duration timeout = DurationStyle.detectAndParse(text);
			if (timeout.toMillis() > 0) {
				return timeout;
			}
		}
		catch (IllegalArgumentException | ArithmeticException ex) {
			// reported below
		}
		problems.add(this.bean, this.method, "The timeout '" + text + "' is no duration of a millisecond or more.",
				"Write it as 30s, 500ms or PT1M.");
		return null;
	}

	/**
	 * The rule for the visibility of the tool; null when all agents see it, or when there
	 * is a mistake.
	 */
	@Nullable Predicate<AgentSession> visibility(ToolGuard guard, DeclarationErrors problems) {
		AgentTool type = ofType();
		boolean ruled = !this.tool.visibleTo().isEmpty() || (type != null && !type.visibleTo().isEmpty());
		if (ruled && guard == ToolGuard.NONE) {
			problems.add(this.bean, this.method, "visibleTo is a rule of Spring Security, which is not there.",
					"Add spring-boot-starter-security, or decide with a bean of type ActionVisibility.");
			return null;
		}
		try {
			return guard.visibility(this.bean.type(), this.method, this.tool);
		}
		catch (IllegalArgumentException ex) {
			problems.add(this.bean, this.method, String.valueOf(ex.getMessage()),
					"Correct the rule: write it as in @PreAuthorize, without arguments of the method.");
			return null;
		}
	}

	/** The use of state; null when there is none, or when there is a mistake. */
	@Nullable StateUse state(DeclarationErrors problems) {
		AgentState state = AnnotatedElementUtils.findMergedAnnotation(this.method, AgentState.class);
		try {
			return (state != null) ? new StateUse(!state.readOnly(), Set.of(state.value())) : null;
		}
		catch (IllegalArgumentException ex) {
			problems.add(this.bean, this.method, "@AgentState: " + ex.getMessage() + ".",
					"Name each attribute once, by such a key.");
			return null;
		}
	}

}
