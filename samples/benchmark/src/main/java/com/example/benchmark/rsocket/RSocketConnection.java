package com.example.benchmark.rsocket;

import java.util.function.Consumer;

import com.example.benchmark.Connection;
import com.example.benchmark.PacedRequest;
import com.example.benchmark.Reply;
import com.example.benchmark.TextRequest;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.WeatherRequest;
import io.rsocket.Payload;
import io.rsocket.RSocket;

/**
 * Typed requests of an {@link RSocket}.
 */
final class RSocketConnection implements Connection {

	private final RSocket socket;

	RSocketConnection(RSocket socket) {
		this.socket = socket;
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		this.socket.requestResponse(Payloads.write(request, "weather.current"))
			.subscribe((payload) -> Connection.answer(Payloads.read(payload, Payloads.WEATHER), reply), reply::done);
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		Tokens tokens = new Tokens(request, reply);
		this.socket.requestStream(Payloads.write(request, "llm.tokens"))
			.subscribe((payload) -> tokens.token(text(payload)), tokens::failed, tokens::end);
	}

	@Override
	public void text(TextRequest request, Reply reply) {
		this.socket.requestResponse(Payloads.write(request, "text.get"))
			.subscribe((payload) -> Connection.text(text(payload).length(), request, reply), reply::done);
	}

	@Override
	public void paced(PacedRequest request, Consumer<String> item) {
		this.socket.requestStream(Payloads.write(request, "llm.paced"))
			.subscribe((payload) -> item.accept(text(payload)), Connection::pacedFailed);
	}

	private static String text(Payload payload) {
		String text = payload.getDataUtf8();
		payload.release();
		return text;
	}

	@Override
	public void close() {
		this.socket.dispose();
	}

}
