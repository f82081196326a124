package io.agentsocket.connection.stream;

import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ArgumentMisfit;
import io.agentsocket.action.ResultShape;
import io.agentsocket.action.SchemaValidator;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Leads an invocation to its action when interceptors stand before it: through the
 * interceptors, the approval, and the handler.
 */
final class ActionRun {

	private final StreamContext context;

	private final ServedCall call;

	private final Action action;

	ActionRun(StreamContext context, ServedCall call) {
		this.context = context;
		this.call = call;
		this.action = call.action();
	}

	/**
	 * Run an action before which no interceptor stands, or none any more.
	 * @param call the invocation
	 * @param exchange the invocation as the action sees it
	 */
	static Publisher<?> direct(StreamContext context, ServedCall call, AgentExchange exchange) {
		if (exchange.action().needsCheck()) {
			check(exchange);
		}
		return exchange.action().hints().approval()
				? context.questionSender().requireApproval(exchange).thenMany(Flux.defer(() -> handle(call, exchange)))
				: handle(call, exchange);
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

	private static Publisher<?> handle(ServedCall call, AgentExchange exchange) {
		call.enter();
		return Objects.requireNonNull(exchange.action().handler().handle(exchange), "The handler returned null");
	}

	Publisher<?> results() {
		Flux<Object> results = this.context.interceptors().run(this.call, this::begin);
		// Interceptors see a value complete, rather than be cancelled behind its first
		// item.
		return isValue() ? results.reduce((first, later) -> first) : results;
	}

	/**
	 * The end of the chain. The action begins in the loop, wherever an interceptor goes
	 * on.
	 */
	private Publisher<?> begin(AgentExchange given) {
		Flux<Object> results = Flux.defer(() -> beginNow(given));
		if (given != this.call) {
			results = results.contextWrite((view) -> view.put(AgentExchange.class, given));
		}
		return this.context.loop().inLoop() ? results
				: results.subscribeOn(Schedulers.fromExecutor(this.context.loop()::execute));
	}

	private Flux<Object> beginNow(AgentExchange given) {
		Publisher<?> results = direct(this.context, this.call, given);
		return isValue() ? Flux.from(Mono.from(results)) : Flux.from(results);
	}

	private boolean isValue() {
		return this.action.result() == ResultShape.VALUE;
	}

}
