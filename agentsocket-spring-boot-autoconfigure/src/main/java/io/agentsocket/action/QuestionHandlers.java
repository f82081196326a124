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
			QuestionRequest asked = ArgumentMisfit.read(exchange, QuestionRequest.class);
			if (asked.prompt() == null) {
				return Mono.error(new ActionException(ErrorCode.INVALID_ARGUMENT, "A question has a prompt").notRun());
			}
			return Mono.<Answer<?>>from(handler.apply(asked)).defaultIfEmpty(new Answer<>(Outcome.DECLINE, null));
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
			ApprovalRequest request = ArgumentMisfit.read(exchange, ApprovalRequest.class);
			if (request.action() == null) {
				return Mono
					.error(new ActionException(ErrorCode.INVALID_ARGUMENT, "A request names its action").notRun());
			}
			return Mono.from(handler.apply(request)).defaultIfEmpty(Boolean.FALSE);
		}).map((approved) -> Map.of("outcome", approved ? "approve" : "decline")));
	}

}
