package io.agentsocket.webflux;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.http.server.reactive.ServerHttpResponse;

/**
 * Tests of {@link UnreadResponses}.
 */
class UnreadResponsesTests {

	/** Time in which the client takes each piece. */
	private static final Duration UNREAD = Duration.ofMillis(100);

	/** The kernel takes a part of it only. */
	private static final int LARGE = 64 << 20;

	@Test
	void aResponseThatAnotherThreadBeginsAndTheLoopWritesIsWatched() throws Exception {
		isClosed((request, response) -> {
			Sinks.Many<DataBuffer> pieces = Sinks.many().unicast().onBackpressureBuffer();
			Sinks.Empty<Void> written = Sinks.empty();
			// The loop waits for the other thread, so that it writes before it does
			// anything that it is asked for by that.
			join(new Thread(() -> response(response, pieces.asFlux()).subscribe((nothing) -> {
			}, written::tryEmitError, written::tryEmitEmpty)));
			pieces.tryEmitNext(piece(LARGE)).orThrow();
			pieces.tryEmitComplete().orThrow();
			return written.asMono();
		});
	}

	@Test
	void eachPieceOfAResponseIsWatched() throws Exception {
		isClosed((request, response) -> response(response, Flux.just(1, 1, LARGE).map(UnreadResponsesTests::piece)));
	}

	private static DataBuffer piece(int size) {
		return DefaultDataBufferFactory.sharedInstance.wrap(new byte[size]);
	}

	private static Mono<Void> response(ServerHttpResponse response, Flux<DataBuffer> pieces) {
		return UnreadResponses.watched(response, UNREAD, response.writeWith(pieces));
	}

	private static void join(Thread thread) {
		thread.start();
		try {
			thread.join();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static void isClosed(HttpHandler handler) throws Exception {
		CountDownLatch closed = new CountDownLatch(1);
		DisposableServer server = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.doOnConnection((connection) -> connection.channel().closeFuture().addListener((end) -> closed.countDown()))
			.handle(new ReactorHttpHandlerAdapter(handler))
			.bindNow();
		try (Socket socket = new Socket()) {
			socket.setReceiveBufferSize(4096);
			socket.connect(new InetSocketAddress(server.host(), server.port()));
			socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			Await.until(closed);
		}
		finally {
			server.disposeNow();
		}
	}

}
