package io.agentsocket.mcp;

import java.util.function.UnaryOperator;

import io.agentsocket.action.ActionRunListener;
import io.agentsocket.action.ActionStart;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.server.DirectCalls;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The run of an action, inside the interceptors of the application, with a listener that
 * hears of its end. Thread-safe.
 */
final class InterceptedRun implements ActionStart.Entry {

	private final DirectCalls server;

	private final AgentExchange exchange;

	private volatile boolean entered;

	InterceptedRun(DirectCalls server, AgentExchange exchange) {
		this.server = server;
		this.exchange = exchange;
	}

	/** The results, of which the first one counts when the action has one value. */
	Publisher<?> results() {
		return ActionStart.run(this.exchange, this.server.interceptors(), this.server.questionSender(), this,
				UnaryOperator.identity());
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
			listener.ended(this.exchange, thrown, answered, nanos);
		}
	}

}
