package io.agentsocket.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.netty.channel.DefaultEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.client.WebSocketClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * A client makes one attempt at a time (section 11.3 of the protocol), and says HELLO
 * where its socket may be written to.
 */
class AttemptTests {

	private final FakeServer server = new FakeServer();

	private final List<Object> signals = new CopyOnWriteArrayList<>();

	private AgentSocketClient client = builder().build();

	private AgentSocketClientBuilder builder() {
		return AgentSocketClient.builder(this.server.uri())
			.maxWait(Await.LONG)
			.connectTimeout(Await.LONG)
			.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)));
	}

	@AfterEach
	void stop() {
		this.client.close().block(Await.LONG);
		this.server.close();
	}

	@Test
	void whoeverAsksForAConnectionWaitsForTheSameAttempt() throws InterruptedException {
		for (int i = 0; i < 5; i++) {
			this.client.connect().subscribe((nothing) -> {
			}, this.signals::add);
			this.client.invoke("a").toMono(String.class).subscribe(this.signals::add, this.signals::add);
		}
		FakeServer.Connection only = this.server.accept().welcomeNew();
		for (int i = 0; i < 5; i++) {
			only.answer(only.invoke(), "done");
		}
		Await.until(() -> this.signals.size() == 5);
		assertThat(this.signals).allMatch("done"::equals);
		assertThat(this.server.upgrades()).isOne();
	}

	@Test
	void connectionThatIsGivenUpIsClosed() throws InterruptedException {
		this.client = builder().connectTimeout(Duration.ofSeconds(2)).build();
		this.client.connect().subscribe(null, (early) -> {
		});
		FakeServer.Connection first = this.server.accept();
		// On a busy machine an attempt may be given up before it comes that far.
		while (!first.isHelloNext()) {
			first = this.server.accept();
		}
		this.server.accept();
		first.assertClosed(4001);
	}

	@Test
	void helloIsWrittenOnTheThreadOfItsSocket() throws Exception {
		DefaultEventLoop loop = new DefaultEventLoop();
		try {
			Sinks.One<Thread> writing = Sinks.one();
			WebSocketSession socket = mock(WebSocketSession.class);
			given(socket.receive()).willReturn(Flux.never());
			given(socket.closeStatus()).willReturn(Mono.never());
			given(socket.close(any())).willReturn(Mono.empty());
			given(socket.binaryMessage(any())).willReturn(mock(WebSocketMessage.class));
			given(socket.send(any())).willAnswer((sent) -> Flux.from(sent.<Publisher<WebSocketMessage>>getArgument(0))
				.doOnNext((message) -> writing.tryEmitValue(Thread.currentThread()))
				.then());
			WebSocketClient sockets = mock(WebSocketClient.class);
			given(sockets.execute(any(), any(), any()))
				.willAnswer((attempt) -> Mono.defer(() -> attempt.<WebSocketHandler>getArgument(2).handle(socket))
					.subscribeOn(Schedulers.fromExecutor(loop)));
			this.client = builder().webSocketClient(sockets).build();
			this.client.connect().subscribe(null, (early) -> {
			});
			assertThat(writing.asMono().block(Await.LONG)).isSameAs(loop.submit(Thread::currentThread).get());
		}
		finally {
			loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
		}
	}

}
