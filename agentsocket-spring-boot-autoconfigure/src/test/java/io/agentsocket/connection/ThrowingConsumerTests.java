package io.agentsocket.connection;

import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Subscribers of the application that throw when they are told of an end: neither the
 * connection nor another call suffers from it.
 */
class ThrowingConsumerTests {

	private static Stream<Consumer<AgentExchange>> listening() {
		return Stream.of((exchange) -> exchange.inbound(String.class).subscribe(new Throwing<>()),
				(exchange) -> exchange.stopRequested().subscribe(new Throwing<>()));
	}

	@ParameterizedTest
	@MethodSource("listening")
	void callIsAnsweredWhenItsActionThrowsAtItsEnd(Consumer<AgentExchange> action) {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("deaf", ResultShape.VALUE, (exchange) -> {
			action.accept(exchange);
			return Mono.never();
		});
		raw.send(RawPeer.invokeOpen(1, "deaf"));
		raw.send(new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		raw.assertError(1, ErrorCode.CANCELLED.code());
		TestPeers.assertClean(raw.peer);
	}

	@ParameterizedTest
	@MethodSource("listening")
	void otherCallsOfTheSessionEnd(Consumer<AgentExchange> action) {
		Pair pair = new Pair().connect();
		Sinks.Empty<Void> cancelled = Sinks.empty();
		pair.serverActions.taking("deaf", ResultShape.VALUE, (exchange) -> {
			action.accept(exchange);
			return Mono.never();
		});
		pair.serverActions.value("other", (exchange) -> Mono.never().doOnCancel(cancelled::tryEmitEmpty));
		pair.client.invoke("deaf").items(Mono.never()).toMono(String.class).subscribe(null, (error) -> {
		});
		pair.client.invoke("other").toMono(String.class).subscribe(null, (error) -> {
		});
		pair.settle();
		pair.replaceServer();
		cancelled.asMono().block(java.time.Duration.ZERO);
	}

	@Test
	void connectionStaysWhenACallerThrowsAtTheEndOfItsCall() {
		RawPeer raw = RawPeer.ofClient();
		raw.peer.invoke("a").toFlux(String.class).subscribe(new Throwing<>());
		raw.settle();
		raw.send(RawPeer.end(1));
		raw.assertClosed(0);
		TestPeers.assertClean(raw.peer);
	}

	private static final class Throwing<T> implements CoreSubscriber<T> {

		@Override
		public void onSubscribe(Subscription subscription) {
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(T item) {
			// Not looked at.
		}

		@Override
		public void onError(Throwable error) {
			throw new IllegalStateException("no errors please");
		}

		@Override
		public void onComplete() {
			throw new IllegalStateException("no end please");
		}

	}

}
