package io.agentsocket.relay;

import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResumableHandler;
import io.agentsocket.relay.push.Announcements;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Runs an action by asking its function. Thread-safe.
 */
final class RelayHandler implements ResumableHandler {

	private final FunctionRelay relay;

	private final RelayedAction action;

	private final Announcements announcements;

	/** 0 until it is asked for; each thread finds the same. */
	private int size;

	RelayHandler(FunctionRelay relay, RelayedAction action, Announcements announcements) {
		this.relay = relay;
		this.action = action;
		this.announcements = announcements;
	}

	/** The function that serves the action. */
	FunctionRelay relay() {
		return this.relay;
	}

	/** Bytes that all that describes the action takes, as JSON. */
	int size() {
		int known = this.size;
		if (known == 0) {
			Map<String, Object> all = new LinkedHashMap<>(this.action.descriptor().toMap());
			all.putAll(recipe());
			known = this.relay.codecs().json().encodeMap(all).length();
			this.size = known;
		}
		return known;
	}

	/** Nothing runs in a function while its question waits: the pod goes on with that. */
	@Override
	public Publisher<?> run(AgentExchange exchange, boolean resumed, Permission permission) {
		if (!resumed) {
			return begin(exchange, permission);
		}
		boolean repeatable = this.action.isRepeatable();
		return this.relay.openQuestions().takeOver(exchange, repeatable).flatMapMany((taken) -> {
			OpenQuestions.Saved question = taken.question();
			if (question != null) {
				return call(exchange, question.invocation()).resume(taken, question, permission);
			}
			return repeatable ? call(exchange, newInvocation(exchange)).run(taken, permission)
					: Flux.error(OpenQuestions.lost());
		});
	}

	private static String newInvocation(AgentExchange exchange) {
		return RequestBodies.newInvocation(exchange.session());
	}

	private Flux<Object> begin(AgentExchange exchange, Permission permission) {
		Flux<Object> work = Flux.defer(() -> call(exchange, newInvocation(exchange)).run(permission));
		return this.relay.openQuestions().mayHave(exchange) ? this.relay.openQuestions().forget(exchange).thenMany(work)
				: work;
	}

	@Override
	public Map<String, Object> recipe() {
		return Described.recipe(this.action, this.relay.settings());
	}

	private FunctionCall call(AgentExchange exchange, String invocation) {
		return new FunctionCall(this.relay, this.action, exchange, this.announcements, invocation);
	}

}
