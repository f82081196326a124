package io.agentsocket.observation;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.relay.RequestObserver.RequestedCall;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;

/**
 * A request to a function, as it is observed. The request gets the headers of its span,
 * such as {@code traceparent}.
 */
public final class FunctionObservationContext extends SenderContext<Map<String, String>> {

	private final RequestedCall call;

	private volatile String outcome = "OK";

	FunctionObservationContext(RequestedCall call) {
		super((headers, name, value) -> {
			if (headers != null) {
				headers.put(name.toLowerCase(Locale.ROOT), value);
			}
		}, Kind.CLIENT);
		setCarrier(new LinkedHashMap<>());
		setRemoteServiceName(call.function());
		this.call = call;
	}

	/**
	 * Name of the function.
	 * @return the name, one of the properties
	 */
	public String function() {
		return this.call.function();
	}

	/**
	 * The invocation that the request is made for.
	 * @return the invocation, as the pod runs it
	 */
	public AgentExchange exchange() {
		return this.call.exchange();
	}

	/**
	 * Number of the request in its invocation.
	 * @return the number, 1 for the first request
	 */
	public int attempt() {
		return this.call.attempt();
	}

	/**
	 * How the request ended.
	 * @return {@code OK}, {@code CANCELLED}, or the kind of the failure; {@code OK} until
	 * it ends
	 */
	public String outcome() {
		return this.outcome;
	}

	void ended(String how) {
		this.outcome = how;
	}

}
