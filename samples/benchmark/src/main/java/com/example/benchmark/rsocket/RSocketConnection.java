package com.example.benchmark.rsocket;

import com.example.benchmark.Connection;
import com.example.benchmark.Reply;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;

import org.springframework.messaging.rsocket.RSocketRequester;

/**
 * Typed requests of an {@link RSocketRequester}.
 */
final class RSocketConnection implements Connection {

	private final RSocketRequester requester;

	RSocketConnection(RSocketRequester requester) {
		this.requester = requester;
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		this.requester.route("weather.current")
			.data(request)
			.retrieveMono(Weather.class)
			.subscribe((weather) -> Connection.answer(weather, reply), reply::done);
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		Tokens tokens = new Tokens(request, reply);
		this.requester.route("llm.tokens")
			.data(request)
			.retrieveFlux(String.class)
			.subscribe(tokens::token, tokens::failed, tokens::end);
	}

	@Override
	public void close() {
		this.requester.dispose();
	}

}
