package io.agentsocket.mcp;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionRunListener;
import io.agentsocket.action.ActionStart;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.server.DirectCalls;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The run of an action, inside the interceptors of the application, with a listener that
 * hears of its end. Thread-safe.
 */
final class InterceptedRun implements ActionStart.Entry {

	private static final Log logger = PrintableLog.of(InterceptedRun.class);

	private final DirectCalls server;

	private final AgentExchange exchange;

	private volatile boolean entered;

	InterceptedRun(DirectCalls server, AgentExchange exchange) {
		this.server = server;
		this.exchange = exchange;
	}

	/** The results, of which the first one counts when the action has one value. */
	Publisher<?> results() {
		if (!this.server.interceptors().hasActions()) {
			return ActionStart.begin(this.exchange, this.server.questionSender(), this);
		}
		Flux<Object> results = this.server.interceptors().run(this.exchange, this::begin);
		// Interceptors see a value complete, rather than be cancelled behind its first
		// item.
		return hasOneValue() ? results.reduce((value, later) -> value) : results;
	}

	private Publisher<?> begin(AgentExchange given) {
		Flux<Object> results = Flux.defer(() -> {
			Publisher<?> begun = ActionStart.begin(given, this.server.questionSender(), this);
			return hasOneValue() ? Flux.from(Mono.from(begun)) : Flux.from(begun);
		});
		return (given != this.exchange) ? results.contextWrite((view) -> view.put(AgentExchange.class, given))
				: results;
	}

	private boolean hasOneValue() {
		return this.exchange.action().result() == ResultShape.VALUE;
	}

	@Override
	public void enter() {
		this.entered = true;
	}

	/** Whether the handler of the action was called. */
	boolean isEntered() {
		return this.entered;
	}

	/**
	 * The run is over.
	 * @param thrown how it failed, or {@code null}
	 * @param answered the error that the caller gets, or {@code null}
	 * @param nanos its time
	 */
	void ended(@Nullable Throwable thrown, @Nullable ActionException answered, long nanos) {
		ActionRunListener listener = this.server.interceptors().runListener();
		if (listener != null) {
			try {
				listener.ended(this.exchange, thrown, answered, nanos);
			}
			catch (RuntimeException ex) {
				Action action = this.exchange.action();
				logger.warn("The end of action " + action.name() + " is not recorded", ex);
			}
		}
	}

}
