package com.example.benchmark.raw;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import com.example.benchmark.Connection;
import com.example.benchmark.PacedRequest;
import com.example.benchmark.Reply;
import com.example.benchmark.TextRequest;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.WeatherRequest;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.jspecify.annotations.Nullable;

/**
 * Sends bytes and takes them back; answers come in the order of the questions.
 */
final class RawConnection implements Connection {

	private final int port;

	private final RawSocket echo;

	private final ArrayDeque<Question> open = new ArrayDeque<>();

	private final Map<Integer, Stream> streams = new HashMap<>();

	private final List<RawSocket> paced = new ArrayList<>();

	private @Nullable RawSocket tokens;

	private int lastStream;

	RawConnection(int port) {
		this.port = port;
		this.echo = new RawSocket(port, "/echo", this::echoed);
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		int length = RawContestant.ECHO + request.unit().length() - WeatherRequest.BERLIN.unit().length();
		ask(length, RawContestant.ECHO, reply);
	}

	@Override
	public void text(TextRequest request, Reply reply) {
		ask(RawContestant.ECHO, request.length(), reply);
	}

	private void ask(int length, int answer, Reply reply) {
		this.echo.execute(() -> {
			this.open.addLast(new Question(answer, reply));
			ByteBuf content = this.echo.buffer(length);
			content.writeInt(answer).writeZero(length - Integer.BYTES);
			this.echo.send(content);
		});
	}

	private void echoed(WebSocketFrame frame) {
		int length = frame.content().readableBytes();
		Question question = this.open.removeFirst();
		question.reply
			.done((length == question.answer) ? null : new IllegalStateException(length + " bytes came back"));
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		RawSocket socket = tokensSocket();
		socket.execute(() -> {
			int id = ++this.lastStream;
			this.streams.put(id, new Stream(request.n(), new Tokens(request, reply)));
			ByteBuf content = socket.buffer(8);
			content.writeInt(id).writeInt(request.n());
			socket.send(content);
		});
	}

	@Override
	public synchronized void paced(PacedRequest request, Consumer<String> item) {
		RawSocket socket = new RawSocket(this.port, "/paced",
				(frame) -> item.accept(frame.content().toString(StandardCharsets.UTF_8)));
		this.paced.add(socket);
		socket.execute(() -> socket.send(socket.buffer(8).writeInt(request.delay()).writeInt(request.period())));
	}

	private synchronized RawSocket tokensSocket() {
		RawSocket socket = this.tokens;
		if (socket == null) {
			socket = new RawSocket(this.port, "/tokens", this::token);
			this.tokens = socket;
		}
		return socket;
	}

	private void token(WebSocketFrame frame) {
		ByteBuf content = frame.content();
		int id = content.readInt();
		Stream stream = this.streams.get(id);
		if (stream == null) {
			throw new IllegalStateException("There is no stream " + id);
		}
		stream.tokens.token(content.toString(StandardCharsets.UTF_8));
		if (--stream.left == 0) {
			this.streams.remove(id);
			stream.tokens.end();
		}
	}

	@Override
	public synchronized void close() {
		List<RawSocket> sockets = new ArrayList<>(List.of(this.echo));
		sockets.addAll(this.paced);
		if (this.tokens != null) {
			sockets.add(this.tokens);
		}
		sockets.forEach(RawSocket::close);
	}

	private record Question(int answer, Reply reply) {
	}

	private static final class Stream {

		private final Tokens tokens;

		private int left;

		Stream(int left, Tokens tokens) {
			this.left = left;
			this.tokens = tokens;
		}

	}

}
