package io.agentsocket.action;

import io.agentsocket.action.QuestionHandlers.ApprovalArguments;
import io.agentsocket.action.QuestionHandlers.QuestionArguments;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * Hints for the arguments of questions and approvals, which are read into records.
 */
final class QuestionHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(), QuestionArguments.class,
				ApprovalArguments.class);
	}

}
