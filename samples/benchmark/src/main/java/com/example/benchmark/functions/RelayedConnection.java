package com.example.benchmark.functions;

import java.util.Map;
import java.util.function.Consumer;

import com.example.benchmark.Connection;
import com.example.benchmark.Reply;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.WeatherRequest;
import com.example.benchmark.agentsocket.AgentSocketConnection;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/**
 * An agent whose calls a pod relays.
 */
public final class RelayedConnection implements StreamingConnection {

	/** The function answers JSON, which a pod passes on as it is. */
	private static final Codec CODEC = JacksonCodec.json();

	private final AgentSocketClient agent;

	private final Connection calls;

	/**
	 * Create an agent and connect it.
	 * @param port where the pod listens
	 */
	public RelayedConnection(int port) {
		this.agent = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket").codec(CODEC).build();
		this.calls = new AgentSocketConnection(this.agent);
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		this.calls.call(request, reply);
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		this.calls.tokens(request, reply);
	}

	@Override
	public void paced(int count, int everyMicros, Consumer<String> token, Reply reply) {
		paced(count, everyMicros).subscribe(token, reply::done, () -> reply.done(null));
	}

	private Flux<String> paced(int count, int everyMicros) {
		return this.agent.invoke("llm.tokens").arguments(Map.of("n", count, "every", everyMicros)).toFlux(String.class);
	}

	@Override
	public void stall() {
		this.agent.invoke("llm.tokens")
			.arguments(new TokensRequest(Integer.MAX_VALUE))
			.toFlux(String.class)
			.subscribe(new OneItem<>());
	}

	@Override
	public void close() {
		this.calls.close();
	}

	/** Takes one item, and no more. */
	static final class OneItem<T> extends BaseSubscriber<T> {

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			subscription.request(1);
		}

	}

}
