package com.example.benchmark.agentsocket;

import java.time.Duration;
import java.util.function.Consumer;

import com.example.benchmark.Connection;
import com.example.benchmark.PacedRequest;
import com.example.benchmark.Reply;
import com.example.benchmark.TextRequest;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import io.agentsocket.client.AgentSocketClient;

/**
 * Typed calls of an {@link AgentSocketClient}.
 */
public final class AgentSocketConnection implements Connection {

	private final AgentSocketClient agent;

	/**
	 * Connect an agent.
	 * @param agent the agent, which is closed with the connection
	 */
	public AgentSocketConnection(AgentSocketClient agent) {
		this.agent = agent;
		agent.connect().block(Duration.ofSeconds(30));
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		this.agent.invoke("weather.current")
			.arguments(request)
			.toMono(Weather.class)
			.subscribe((weather) -> Connection.answer(weather, reply), reply::done);
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		Tokens tokens = new Tokens(request, reply);
		this.agent.invoke("llm.tokens")
			.arguments(request)
			.toFlux(String.class)
			.subscribe(tokens::token, tokens::failed, tokens::end);
	}

	@Override
	public void text(TextRequest request, Reply reply) {
		this.agent.invoke("text.get")
			.arguments(request)
			.toMono(String.class)
			.subscribe((text) -> Connection.text(text.length(), request, reply), reply::done);
	}

	@Override
	public void paced(PacedRequest request, Consumer<String> item) {
		this.agent.invoke("llm.paced").arguments(request).toFlux(String.class).subscribe(item, Connection::pacedFailed);
	}

	@Override
	public void close() {
		this.agent.close().block(Duration.ofSeconds(10));
	}

}
