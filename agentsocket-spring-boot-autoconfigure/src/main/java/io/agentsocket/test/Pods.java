package io.agentsocket.test;

import java.security.Principal;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

/**
 * The pods that the agents of a tester connect to.
 */
interface Pods extends AutoCloseable {

	/**
	 * Lay a way for an agent.
	 * @param principal the principal of the agent, or {@code null}
	 * @param http changes of the HTTP client, where there is one
	 * @return the way to the first pod
	 * @throws IllegalStateException if the agent cannot be that principal here
	 */
	Link link(@Nullable Principal principal, UnaryOperator<HttpClient> http);

	/** End the pods that were started for the tester. */
	@Override
	void close();

}
