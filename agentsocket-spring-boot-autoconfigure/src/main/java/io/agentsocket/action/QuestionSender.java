package io.agentsocket.action;

import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.agentsocket.action.Answer.Outcome;
import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The asking side of {@code as.ask} and {@code as.approve}: invokes them on the caller of
 * a running invocation, checks the answers and asks again once. Implements section 18 of
 * {@code docs/protocol.md}.
 */
@Internal
public final class QuestionSender {

	/** How long a question waits for an answer when nobody says otherwise. */
	public static final Duration TIMEOUT = Duration.ofMinutes(5);

	private static final ParameterizedTypeReference<Map<String, Object>> MAP = new ParameterizedTypeReference<>() {
	};

	private final TypeSchemas schemas;

	private final Duration timeout;

	/**
	 * Create a sender.
	 * @param schemas knows the schemas of types
	 * @param timeout how long a question waits for an answer by default
	 */
	public QuestionSender(TypeSchemas schemas, Duration timeout) {
		this.schemas = schemas;
		this.timeout = timeout;
	}

	/**
	 * Ask the caller of a running invocation.
	 * @param exchange the invocation
	 * @param question the question
	 * @param <T> type of the answer
	 * @return the answer; fails with FAILED_PRECONDITION when the caller answers no
	 * questions, and with violations when two answers do not fit; with what the caller
	 * fails with otherwise
	 */
	public <T> Mono<Answer<T>> ask(AgentExchange exchange, Question<T> question) {
		return Mono.defer(() -> {
			Map<String, Object> schema = (question.schema() != null) ? question.schema()
					: this.schemas.schemaOf(question.type());
			// Another schema may allow values that the type does not know.
			Strictness strictness = (question.schema() != null) ? Strictness.REQUIRED : Strictness.CLOSED;
			Round<T> first = new Round<>(exchange, question.type(), schema, strictness);
			Instant end = TimeLimit.end((question.timeout() != null) ? question.timeout() : this.timeout);
			return first.ask(question.prompt(), end)
				.onErrorResume(Misfit.class, (misfit) -> first.ask(question.prompt() + "\n\n" + misfit.advice(), end))
				.onErrorMap(Misfit.class, Misfit::toActionException)
				.onErrorMap(QuestionSender::isUnanswered, QuestionSender::unanswered)
				.onErrorResume(ActionException.class, (error) -> timedOut(error, end));
		});
	}

	/** The caller does not offer the action that is asked. */
	private static boolean isUnanswered(Throwable error) {
		return error instanceof ActionException exception && exception.errorCode() == ErrorCode.NOT_FOUND;
	}

	private static ActionException unanswered(Throwable error) {
		return new ActionException(ErrorCode.FAILED_PRECONDITION,
				"The action asks a question, and its caller answers none")
			.withCause(error);
	}

	private static <T> Mono<Answer<T>> timedOut(ActionException error, Instant end) {
		boolean late = error.errorCode() == ErrorCode.DEADLINE_EXCEEDED && !Instant.now().isBefore(end);
		return late ? Mono.just(new Answer<>(Outcome.TIMEOUT, null)) : Mono.error(error);
	}

	/**
	 * Ask the caller of an invocation for permission to run its action.
	 * @param exchange the invocation
	 * @return completes when approved; fails with PERMISSION_DENIED, CANCELLED or
	 * ASK_TIMEOUT
	 */
	public Mono<Void> requireApproval(AgentExchange exchange) {
		return Mono.defer(() -> {
			Map<String, Object> arguments = new LinkedHashMap<>();
			Action action = exchange.action();
			arguments.put("action", action.name());
			arguments.put("arguments", exchange.arguments(Map.class));
			arguments.put("prompt", prompt(action));
			Instant end = TimeLimit.end(this.timeout);
			return exchange.invoke(Names.APPROVE)
				.arguments(arguments)
				.timeout(this.timeout)
				.toMono(MAP)
				.map((answer) -> String.valueOf(answer.get("outcome")))
				.defaultIfEmpty("decline")
				.onErrorResume(ActionException.class,
						(error) -> QuestionSender.<String>timedOut(error, end)
							.map((answer) -> "timeout")
							.onErrorMap(QuestionSender::unapproved))
				.flatMap(QuestionSender::verdict);
		});
	}

	/** Nobody has decided: that means no, and is not the same as a refusal. */
	private static ActionException unapproved(Throwable error) {
		String reason = isUnanswered(error) ? "The action needs an approval, and its caller decides on none"
				: "The action needs an approval, and asking for it has failed";
		return new ActionException(ErrorCode.PERMISSION_DENIED, reason).withCause(error);
	}

	private static String prompt(Action action) {
		String what = (action.title() != null) ? action.title() : action.name();
		return (action.description() != null) ? what + ": " + action.description() : what;
	}

	private static Mono<Void> verdict(String outcome) {
		return switch (outcome) {
			case "approve" -> Mono.empty();
			case "cancel" -> Mono.error(new ActionException(ErrorCode.CANCELLED, "The approval was dismissed"));
			case "timeout" ->
				Mono.error(new ActionException(ErrorCode.ASK_TIMEOUT, "The approval was not given in time"));
			default -> Mono.error(new ActionException(ErrorCode.PERMISSION_DENIED, "The approval was declined"));
		};
	}

	/**
	 * A question, which may be put twice.
	 */
	private final class Round<T> {

		private final AgentExchange exchange;

		private final Type type;

		private final @Nullable Map<String, Object> schema;

		private final Strictness strictness;

		Round(AgentExchange exchange, Type type, @Nullable Map<String, Object> schema, Strictness strictness) {
			this.exchange = exchange;
			this.type = type;
			this.schema = schema;
			this.strictness = strictness;
		}

		Mono<Answer<T>> ask(String prompt, Instant end) {
			Duration left = Duration.between(Instant.now(), end);
			if (left.isNegative() || left.isZero()) {
				return Mono.just(new Answer<>(Outcome.TIMEOUT, null));
			}
			Map<String, Object> arguments = new LinkedHashMap<>();
			arguments.put("prompt", prompt);
			if (this.schema != null) {
				arguments.put("schema", this.schema);
			}
			return this.exchange.invoke(Names.ASK)
				.arguments(arguments)
				.timeout(left)
				.toMono(MAP)
				.defaultIfEmpty(Map.of())
				.map(this::answer);
		}

		private Answer<T> answer(Map<String, Object> result) {
			return switch (String.valueOf(result.get("outcome")).toLowerCase(Locale.ROOT)) {
				case "decline" -> new Answer<>(Outcome.DECLINE, null);
				case "cancel" -> new Answer<>(Outcome.CANCEL, null);
				// A relay has waited for a function that did not.
				case "timeout" -> new Answer<>(Outcome.TIMEOUT, null);
				case "answer" -> new Answer<>(Outcome.ANSWER, value(result.get("value")));
				default ->
					throw new Misfit(List.of(new Violation("/outcome", "enum", "must be answer, decline or cancel")));
			};
		}

		private T value(@Nullable Object given) {
			if (given == null) {
				throw new Misfit(List.of(new Violation("/value", "required", "is missing")));
			}
			if (this.schema != null) {
				List<Violation> violations = QuestionSender.this.schemas.violations(this.schema, given);
				if (!violations.isEmpty()) {
					throw new Misfit(violations);
				}
			}
			Codec codec = this.exchange.codec();
			try {
				T value = codec.decode(codec.encode(given), this.type, this.strictness);
				if (value == null) {
					throw new Misfit(List.of(new Violation("/value", "required", "is null")));
				}
				return value;
			}
			catch (CodecException ex) {
				throw new Misfit(List.of(ArgumentMisfit.violation(ex)));
			}
		}

	}

	/** An answer that does not fit. */
	private static final class Misfit extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final transient List<Violation> violations;

		Misfit(List<Violation> violations) {
			super("The answer does not fit", null, false, false);
			this.violations = violations;
		}

		String advice() {
			return "The last answer did not fit: " + this.violations.stream()
				.limit(10)
				.map((violation) -> violation.pointer() + " " + violation.message())
				.collect(Collectors.joining("; "));
		}

		ActionException toActionException() {
			return new ActionException(ErrorCode.FAILED_PRECONDITION, "The answer does not fit the question")
				.withViolations(this.violations);
		}

	}

}
