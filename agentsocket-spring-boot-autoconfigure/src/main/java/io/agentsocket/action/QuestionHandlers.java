package io.agentsocket.action;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

import io.agentsocket.action.Answer.Outcome;
import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * The answering side of {@code as.ask} and {@code as.approve}, as actions. Implements
 * section 18 of {@code docs/protocol.md}.
 */
@Internal
public final class QuestionHandlers {

	private QuestionHandlers() {
	}

	/**
	 * Answer questions.
	 * @param handler gives the answer; empty means that the question is declined
	 * @return the action {@code as.ask}
	 */
	public static Action questions(Function<QuestionRequest, ? extends Publisher<? extends Answer<?>>> handler) {
		return Action.named(Names.ASK).handler((exchange) -> Mono.defer(() -> {
			QuestionArguments asked = ArgumentMisfit.read(exchange, QuestionArguments.class);
			if (asked.prompt() == null) {
				return Mono.error(new ActionException(ErrorCode.INVALID_ARGUMENT, "A question has a prompt").notRun());
			}
			QuestionRequest request = new QuestionRequest(asked.prompt(), asked.schema(), exchange.parent(),
					exchange.parentContext());
			return Mono.<Answer<?>>from(handler.apply(request)).defaultIfEmpty(new Answer<>(Outcome.DECLINE, null));
		}).map(QuestionHandlers::toMap));
	}

	private static Map<String, Object> toMap(Answer<?> answer) {
		Map<String, Object> map = new LinkedHashMap<>();
		Outcome outcome = (answer.outcome() != Outcome.TIMEOUT) ? answer.outcome() : Outcome.CANCEL;
		map.put("outcome", outcome.name().toLowerCase(Locale.ROOT));
		if (answer.value() != null) {
			map.put("value", answer.value());
		}
		return map;
	}

	/**
	 * Decide on requests for permission.
	 * @param handler {@code true} to approve; empty and {@code false} mean no
	 * @return the action {@code as.approve}
	 */
	public static Action approvals(Function<ApprovalRequest, ? extends Publisher<Boolean>> handler) {
		return Action.named(Names.APPROVE).handler((exchange) -> Mono.defer(() -> {
			ApprovalArguments asked = ArgumentMisfit.read(exchange, ApprovalArguments.class);
			if (asked.action() == null) {
				return Mono
					.error(new ActionException(ErrorCode.INVALID_ARGUMENT, "A request names its action").notRun());
			}
			Map<String, Object> arguments = (asked.arguments() != null) ? asked.arguments() : Map.of();
			ApprovalRequest request = new ApprovalRequest(asked.action(), arguments, String.valueOf(asked.prompt()),
					exchange.parent(), exchange.parentContext());
			return Mono.from(handler.apply(request)).defaultIfEmpty(Boolean.FALSE);
		}).map((approved) -> Map.of("outcome", approved ? "approve" : "decline")));
	}

	/** The arguments of {@code as.ask}. */
	record QuestionArguments(@Nullable String prompt, @Nullable Map<String, Object> schema) {

	}

	/** The arguments of {@code as.approve}. */
	record ApprovalArguments(@Nullable String action, @Nullable Map<String, Object> arguments,
			@Nullable String prompt) {

	}

}
