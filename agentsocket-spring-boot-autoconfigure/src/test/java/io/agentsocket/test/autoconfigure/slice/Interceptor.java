package io.agentsocket.test.autoconfigure.slice;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import org.reactivestreams.Publisher;

import org.springframework.stereotype.Component;

/**
 * Remembers the actions that ran.
 */
@Component
public class Interceptor implements ActionInterceptor {

	public final List<String> seen = new CopyOnWriteArrayList<>();

	@Override
	public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
		this.seen.add(exchange.action().name());
		return chain.proceed(exchange);
	}

}
