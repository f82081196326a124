package io.agentsocket.connection;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import io.agentsocket.Await;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.CodecException;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Violation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class InvocationTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final Pair pair = new Pair().connect();

	@AfterEach
	void nothingIsLeft() {
		this.pair.assertClean();
	}

	private <T> StepVerifier.FirstStep<T> verify(Mono<T> mono) {
		return StepVerifier.create(mono);
	}

	private void settle() {
		this.pair.settle();
	}

	@Test
	void valueIsReturned() {
		this.pair.serverActions.value("add", (exchange) -> {
			Map<String, Integer> arguments = exchange.arguments(Map.class);
			return Mono.just(arguments.get("a") + arguments.get("b"));
		});
		verify(this.pair.client.invoke("add").arguments(Map.of("a", 1, "b", 2)).toMono(Integer.class))
			.then(this::settle)
			.expectNext(3)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void serverInvokesTheClient() {
		this.pair.clientActions.value("name", (exchange) -> Mono.just("agent"));
		verify(this.pair.server.invoke("name").toMono(String.class)).then(this::settle)
			.expectNext("agent")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void voidAndEmptyAndNullCompleteWithoutValue() {
		this.pair.serverActions.add("void", ResultShape.NONE, false, (exchange) -> Mono.empty());
		this.pair.serverActions.value("empty", (exchange) -> Mono.empty());
		this.pair.serverActions.add("ignored", ResultShape.NONE, false, (exchange) -> Flux.just("a", "b"));
		for (String name : List.of("void", "empty", "ignored")) {
			verify(this.pair.client.invoke(name).toMono(String.class)).then(this::settle)
				.expectComplete()
				.verify(TIMEOUT);
		}
	}

	@Test
	void chosenErrorArrivesAsItIs() {
		this.pair.serverActions.value("fail",
				(exchange) -> Mono.error(new ActionException(300, "No seats").retryable()
					.mayHaveRun()
					.withViolations(List.of(new Violation("/day", "format", "not a date")))));
		verify(this.pair.client.invoke("fail").toMono(String.class)).then(this::settle)
			.expectErrorSatisfies((error) -> {
				ActionException exception = (ActionException) error;
				assertThat(exception.code()).isEqualTo(300);
				assertThat(exception).hasMessage("No seats");
				assertThat(exception.isRetryable()).isTrue();
				assertThat(exception.hasMaybeRun()).isTrue();
				assertThat(exception.violations()).containsExactly(new Violation("/day", "format", "not a date"));
			})
			.verify(TIMEOUT);
	}

	@Test
	void unexpectedErrorsAreInternalAndSayNothing() {
		this.pair.serverActions.value("late", (exchange) -> Mono.error(new IllegalStateException("secret")));
		this.pair.serverActions.value("now", (exchange) -> {
			throw new IllegalStateException("secret");
		});
		this.pair.serverActions.value("fatal", (exchange) -> {
			throw new NoClassDefFoundError("secret");
		});
		this.pair.serverActions.value("none", (exchange) -> null);
		this.pair.serverActions.value("subscribe", (exchange) -> (subscriber) -> {
			throw new IllegalStateException("secret");
		});
		this.pair.serverActions.value("unwritable", (exchange) -> Mono.just(new Object() {
			public String getName() {
				throw new IllegalStateException("secret");
			}
		}));
		for (String name : List.of("late", "now", "fatal", "none", "subscribe", "unwritable")) {
			verify(this.pair.client.invoke(name).toMono(String.class)).then(this::settle)
				.expectErrorSatisfies((error) -> {
					ActionException exception = (ActionException) error;
					assertThat(exception.errorCode()).as(name).isEqualTo(ErrorCode.INTERNAL);
					assertThat(exception).hasMessage("The action failed");
					assertThat(exception.correlation()).isNotEmpty();
				})
				.verify(TIMEOUT);
		}
		assertThat(this.pair.clientSide.closeCode).isZero();
	}

	@Test
	void argumentsThatDoNotFitAreNamed() {
		this.pair.serverActions.value("typed", (exchange) -> {
			record City(int size) {
			}
			City city = exchange.arguments(City.class);
			return Mono.just(city.size());
		});
		verify(this.pair.client.invoke("typed").arguments(Map.of("size", "large")).toMono(Integer.class))
			.then(this::settle)
			.expectErrorSatisfies((error) -> {
				ActionException exception = (ActionException) error;
				assertThat(exception.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
				assertThat(exception.violations()).extracting(Violation::pointer).containsExactly("/size");
			})
			.verify(TIMEOUT);
	}

	@Test
	void timeoutOfTheActionIsADeadline() {
		this.pair.serverActions.value("slow", (exchange) -> Mono.error(new TimeoutException("secret")));
		verify(this.pair.client.invoke("slow").toMono(String.class)).then(this::settle)
			.expectErrorSatisfies(
					(error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED))
			.verify(TIMEOUT);
	}

	@Test
	void unknownActionIsNotFound() {
		verify(this.pair.client.invoke("nothing").toMono(String.class)).then(this::settle)
			.expectErrorSatisfies(
					(error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.NOT_FOUND))
			.verify(TIMEOUT);
	}

	@Test
	void brokenCatalogCostsOneInvocation() {
		RawPeer raw = new RawPeer(Role.SERVER);
		Peer peer = TestPeers.create(Role.SERVER, raw.codec, Limits.SERVER, new BrokenView(), raw.listener, raw.timer);
		MemoryTransport transport = new MemoryTransport(raw.loop, false);
		peer.attach(new Attachment(transport, Limits.CLIENT, io.agentsocket.protocol.Bytes.EMPTY, 0,
				TestPeers.KEEP_ALIVE, Context.empty()));
		raw.settle();
		peer.receive(transport, io.agentsocket.protocol.Bytes.of(new byte[] { 0x41, 1, 3, 'a' }));
		raw.settle();
		assertThat(transport.closeCode).isZero();
		assertThat(transport.written).hasSize(1);
	}

	private static final class BrokenView implements io.agentsocket.action.ActionView {

		@Override
		public io.agentsocket.action.Action find(String name) {
			throw new IllegalStateException("secret");
		}

		@Override
		public java.util.Collection<io.agentsocket.action.Action> actions() {
			return List.of();
		}

	}

	@Test
	void resolverChoosesTheErrorAndABrokenOneIsSkipped() {
		RawPeer raw = new RawPeer(Role.SERVER, Limits.SERVER, Pair.CBOR, (error, exchange) -> {
			throw new IllegalStateException("broken");
		}, (error, exchange) -> new ActionException(ErrorCode.PERMISSION_DENIED, "No")).attach();
		raw.actions.value("fail", (exchange) -> Mono.error(new SecurityException("secret")));
		raw.send(RawPeer.invoke(1, "fail"));
		Frame.Error error = raw.only(Frame.Error.class);
		assertThat(error.code()).isEqualTo(7);
		assertThat(error.text()).isEqualTo("No");
	}

	@Test
	void streamsOfAllKindsKeepTheirItems() {
		this.pair.serverActions.text("text", (exchange) -> Flux.just("Guten ", "", "Tag, ", "Welt"));
		this.pair.serverActions.items("items", (exchange) -> Flux.range(1, 500));
		this.pair.serverActions.bytes("bytes",
				(exchange) -> Flux.just("ab".getBytes(StandardCharsets.UTF_8), "c".getBytes(StandardCharsets.UTF_8)));
		StepVerifier.create(this.pair.client.invoke("text").toFlux(String.class))
			.then(this::settle)
			.expectNext("Guten ", "Tag, ", "Welt")
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(this.pair.client.invoke("items").toFlux(Integer.class))
			.then(this::settle)
			.expectNextSequence(Flux.range(1, 500).toIterable())
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(this.pair.client.invoke("bytes").toFlux(byte[].class).map(String::new))
			.then(this::settle)
			.expectNext("ab", "c")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void streamInvokedForOneValueIsJoinedOrItsLastItem() {
		this.pair.serverActions.text("text", (exchange) -> Flux.just("Guten ", "Tag"));
		this.pair.serverActions.items("items", (exchange) -> Flux.range(1, 5));
		verify(this.pair.client.invoke("text").toMono(String.class)).then(this::settle)
			.expectNext("Guten Tag")
			.expectComplete()
			.verify(TIMEOUT);
		verify(this.pair.client.invoke("items").toMono(Integer.class)).then(this::settle)
			.expectNext(5)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void firstOfSeveralValuesIsTheValueAndTheRestIsCancelled() {
		TestPublisher<String> values = TestPublisher.create();
		this.pair.serverActions.value("many", (exchange) -> values);
		verify(this.pair.client.invoke("many").toMono(String.class)).then(this::settle)
			.then(() -> values.next("first"))
			.then(this::settle)
			.expectNext("first")
			.expectComplete()
			.verify(TIMEOUT);
		values.assertCancelled();
	}

	@Test
	void completedOrFailedPublisherIsNotCancelled() {
		List<String> signals = new ArrayList<>();
		this.pair.serverActions.value("value",
				(exchange) -> Mono.just("a").doOnCancel(() -> signals.add("cancelled value")));
		this.pair.serverActions.text("text",
				(exchange) -> Flux.just("a").doOnCancel(() -> signals.add("cancelled text")));
		this.pair.serverActions.text("fail",
				(exchange) -> Flux.error(new ActionException(300, "no"))
					.cast(String.class)
					.doOnCancel(() -> signals.add("cancelled failure")));
		this.pair.client.invoke("value").toMono(String.class).subscribe();
		this.pair.client.invoke("text").toFlux(String.class).subscribe();
		this.pair.client.invoke("fail").toFlux(String.class).onErrorComplete().subscribe();
		settle();
		assertThat(signals).isEmpty();
	}

	@Test
	void resultThatDoesNotFitFailsHereOnly() {
		this.pair.serverActions.text("text", (exchange) -> Flux.just("a").concatWith(Flux.never()));
		StepVerifier.create(this.pair.client.invoke("text").toFlux(Integer.class))
			.then(this::settle)
			.expectError(CodecException.class)
			.verify(TIMEOUT);
		settle();
	}

	@Test
	void nullItemOfAStreamFailsAndStopsTheAction() {
		RawPeer raw = RawPeer.ofClient();
		AtomicReference<Throwable> failure = new AtomicReference<>();
		raw.peer.invoke("stream").toFlux(String.class).subscribe((item) -> {
		}, failure::set);
		raw.settle();
		raw.only(Frame.Invoke.class);
		raw.send(raw.data(1, null, false));
		assertThat(failure.get()).isInstanceOf(CodecException.class);
		assertThat(raw.only(Frame.Interrupt.class).mode()).isZero();
		raw.send(RawPeer.end(1));
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void failingSubscriberCostsItsOwnInvocationOnly() {
		this.pair.serverActions.items("items", (exchange) -> Flux.range(1, 100));
		this.pair.serverActions.items("endless", (exchange) -> Flux.range(1, 3).concatWith(Flux.never()));
		AtomicReference<Throwable> failure = new AtomicReference<>();
		this.pair.client.invoke("endless").toFlux(Integer.class).subscribe(new ThrowingSubscriber(failure));
		verify(this.pair.client.invoke("items").toFlux(Integer.class).count()).then(this::settle)
			.expectNext(100L)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(failure.get()).hasMessage("thrown by a subscriber");
		assertThat(this.pair.clientSide.closeCode).isZero();
	}

	private record ThrowingSubscriber(
			AtomicReference<Throwable> failure) implements reactor.core.CoreSubscriber<Integer> {

		@Override
		public void onSubscribe(org.reactivestreams.Subscription subscription) {
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(Integer item) {
			throw new IllegalStateException("thrown by a subscriber");
		}

		@Override
		public void onError(Throwable error) {
			this.failure.set(error);
		}

		@Override
		public void onComplete() {
			this.failure.set(new AssertionError("completed"));
		}

	}

	@Test
	void argumentsThatCannotBeWrittenFailWithoutAFrame() {
		this.pair.clientSide.takeWireBytes();
		verify(this.pair.client.invoke("any").arguments(new Object() {
			public String getName() {
				throw new IllegalStateException();
			}
		}).toMono(String.class)).then(this::settle).expectError(CodecException.class).verify(TIMEOUT);
		assertThat(this.pair.clientSide.takeWireBytes()).isZero();
	}

	@Test
	void metadataThatCannotBeWrittenFailsTheCallOnly() {
		this.pair.serverActions.value("ok", (exchange) -> Mono.just("ok"));
		verify(this.pair.client.invoke("ok").traceparent("x".repeat(300)).toMono(String.class)).then(this::settle)
			.expectError()
			.verify(TIMEOUT);
		verify(this.pair.client.invoke("ok").traceparent("00-1-2-01").idempotencyKey("k").toMono(String.class))
			.then(this::settle)
			.expectNext("ok")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void actionSeesIdempotencyKeyTraceAndContext() {
		AtomicReference<String> seen = new AtomicReference<>();
		this.pair.serverActions.value("look",
				(exchange) -> Mono
					.deferContextual((context) -> Mono.fromRunnable(() -> seen.set(exchange.idempotencyKey() + " "
							+ exchange.traceparent() + " " + (context.get(AgentExchange.class) == exchange)))));
		verify(this.pair.client.invoke("look").traceparent("00-1-2-01").idempotencyKey("k").toMono(String.class))
			.then(this::settle)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(seen).hasValue("k 00-1-2-01 true");
	}

	@Test
	void itemsSeeTheContextOfTheCaller() {
		this.pair.serverActions.taking("join", ResultShape.VALUE,
				(exchange) -> exchange.inbound(String.class).collectList().map((items) -> String.join("", items)));
		Flux<String> items = Flux.deferContextual((context) -> Flux.just("for ", context.get("user")));
		verify(this.pair.client.invoke("join")
			.items(items)
			.toMono(String.class)
			.contextWrite(Context.of("user", "Ada"))).then(this::settle)
			.expectNext("for Ada")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void eachSubscriptionInvokesOnce() {
		AtomicReference<Integer> count = new AtomicReference<>(0);
		this.pair.serverActions.value("count", (exchange) -> Mono.just(count.updateAndGet((n) -> n + 1)));
		Mono<Integer> call = this.pair.client.invoke("count").toMono(Integer.class);
		verify(call).then(this::settle).expectNext(1).expectComplete().verify(TIMEOUT);
		verify(call).then(this::settle).expectNext(2).expectComplete().verify(TIMEOUT);
	}

	@Test
	void callsFromWithinSignalsRun() {
		this.pair.serverActions.value("next",
				(exchange) -> Mono.just(((Map<?, ?>) exchange.arguments(Map.class)).get("n"))
					.cast(Integer.class)
					.map((n) -> n + 1));
		Mono<Integer> chain = Mono.just(0);
		for (int i = 0; i < 50; i++) {
			chain = chain
				.flatMap((n) -> this.pair.client.invoke("next").arguments(Map.of("n", n)).toMono(Integer.class));
		}
		verify(chain).then(this::settle).expectNext(50).expectComplete().verify(TIMEOUT);
	}

	@Test
	void namesAreChecked() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.pair.client.invoke("no name"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.pair.client.events().send("no name", null));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.pair.client.events().send("a".repeat(this.pair.serverLimits.name() + 1), null));
		verify(this.pair.client.invoke("a".repeat(129)).toMono(String.class)).then(this::settle)
			.expectErrorSatisfies(
					(error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.NOT_FOUND))
			.verify(TIMEOUT);
		assertThat(this.pair.serverSide.closeCode).isZero();
	}

}
