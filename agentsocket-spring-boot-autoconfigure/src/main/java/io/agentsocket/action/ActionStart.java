package io.agentsocket.action;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

import io.agentsocket.action.ResumableHandler.Permission;
import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The last steps before an action, whatever protocol its caller speaks: the interceptors,
 * the check of the arguments, and the approval.
 */
@Internal
public final class ActionStart {

	private ActionStart() {
	}

	/**
	 * Run the action of an invocation inside the interceptors of its side.
	 * @param exchange the invocation
	 * @param interceptors stand around the action
	 * @param questionSender asks for the approval, if the action needs one
	 * @param entry is told when the handler is called
	 * @param place brings the action to the thread where it has to begin, wherever an
	 * interceptor goes on
	 * @return the results
	 * @throws ActionException INVALID_ARGUMENT if the arguments do not fit
	 */
	public static Publisher<?> run(AgentExchange exchange, Interceptors interceptors, QuestionSender questionSender,
			Entry entry, UnaryOperator<Flux<Object>> place) {
		if (!interceptors.hasActions()) {
			return begin(exchange, questionSender, entry);
		}
		boolean value = exchange.action().result() == ResultShape.VALUE;
		Flux<Object> results = interceptors.run(exchange, (given) -> {
			Flux<Object> begun = Flux.defer(() -> {
				Publisher<?> started = begin(given, questionSender, entry);
				return value ? Flux.from(Mono.from(started)) : Flux.from(started);
			});
			return place.apply((given != exchange)
					? begun.contextWrite((context) -> context.put(AgentExchange.class, given)) : begun);
		});
		// Interceptors see a value complete, rather than be cancelled behind its first
		// item.
		return value ? results.reduce((first, later) -> first) : results;
	}

	private static Publisher<?> begin(AgentExchange exchange, QuestionSender questionSender, Entry entry) {
		if (exchange.action().inputCheck().arguments()) {
			check(exchange);
		}
		Mono<Void> approval = exchange.action().hints().approval() ? questionSender.requireApproval(exchange) : null;
		if (exchange.action().handler() instanceof ResumableHandler resumable) {
			return resumable.run(exchange, entry.isResumed(), new Permission(approval, entry::enter, entry::untouched));
		}
		return (approval != null) ? approval.thenMany(Flux.defer(() -> handle(exchange, entry)))
				: handle(exchange, entry);
	}

	private static void check(AgentExchange exchange) {
		List<Violation> violations;
		try {
			violations = SchemaValidator.standard()
				.violations(exchange.action().input(), exchange.arguments(Map.class));
		}
		catch (CodecException ex) {
			throw ArgumentMisfit.of(ex).notRun();
		}
		if (!violations.isEmpty()) {
			throw new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments do not fit")
				.withViolations(violations);
		}
	}

	private static Publisher<?> handle(AgentExchange exchange, Entry entry) {
		entry.enter();
		return Objects.requireNonNull(exchange.action().handler().handle(exchange), "The handler returned null");
	}

	/** An invocation that wants to know whether its action was entered. */
	@FunctionalInterface
	public interface Entry {

		/** The handler is called now. */
		void enter();

		/** Whether the invocation ran in another pod before, which is gone. */
		default boolean isResumed() {
			return false;
		}

		/** Nothing of the invocation has run in the pod that is gone. */
		default void untouched() {
			// Only an invocation that is resumed is asked for it.
		}

	}

}
