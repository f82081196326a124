package io.agentsocket.mcp;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Requests that are carried to a pod that says nothing by itself.
 */
class CarriedRequestsTests {

	private static final Set<String> PODS = Set.of("here", "other");

	private final Link link = new Link();

	private final AgentSocketServer server = AgentSocketServer.builder(new ActionCatalog())
		.store(InMemorySessionStore.shared(Clock.systemUTC()))
		.link(this.link)
		.build();

	private final CarriedRequests requests = new CarriedRequests(this.server.directCalls(), Duration.ofMinutes(5), 16);

	@BeforeEach
	void look() {
		this.link.pods.tryEmitNext(PODS);
		Await.until(() -> !this.server.directCalls().mail().isAlive("nobody"));
	}

	@AfterEach
	void close() {
		this.requests.close("The test is over");
		this.server.close();
	}

	/** A request whose state its pod has written. */
	private Answer carry(String pod, String caller) {
		Answer answer = ask(pod, caller);
		this.requests.receive(pod, new RetryMail.Genuine(this.link.number()));
		return answer;
	}

	/** A request of whose state nothing is known. */
	private Answer ask(String pod, String caller) {
		return ask(pod, caller, new RpcMessage());
	}

	private Answer ask(String pod, String caller, RpcMessage message) {
		RequestStates states = new RequestStates(Duration.ofMinutes(1), () -> pod, System::currentTimeMillis);
		Answer answer = new Answer();
		this.requests.carry(RequestStates.parse(states.write(Bytes.of(new byte[16]), 1, "book", caller)), "book",
				message, new McpSession(() -> caller, null, new AgentInfo("test", "1")), answer);
		return answer;
	}

	@Test
	void aPodWithAnotherNameDoesNotWaitForWhatItHasAskedFor() {
		Answer answer = carry("other", "alice");
		this.requests.receive("other", new RetryMail.Accepted(1));
		this.requests.look(PODS);
		assertThat(answer.texts).isEmpty();
		this.link.name = "here.2";
		this.requests.look(Set.of("here.2", "other"));
		assertThat(answer.texts).singleElement().asString().contains("LOST").contains("may have run");
		assertThat(this.requests.lost()).isOne();
		Answer later = carry("other", "alice");
		this.requests.look(Set.of("here.2", "other"));
		assertThat(later.texts).isEmpty();
	}

	@Test
	void noCallerHasAllPlaces() {
		List<Answer> answers = new ArrayList<>();
		for (int i = 0; i < 16; i++) {
			answers.add(carry("other", "mallory"));
		}
		assertThat(answers.stream().filter((answer) -> answer.texts.isEmpty())).hasSize(4);
		assertThat(answers.get(4).texts).singleElement().asString().contains("RESOURCE_EXHAUSTED");
		assertThat(carry("other", "alice").texts).isEmpty();
		// A request that has ended gives its place back.
		this.requests.receive("other", new RetryMail.Result(1, CallResult.nothing()));
		assertThat(carry("other", "mallory").texts).isEmpty();
		assertThat(carry("other", "mallory").texts).hasSize(1);
	}

	@Test
	void aStateTakesNoPlaceBeforeItsPodHasSaidThatItIsReal() {
		List<Answer> asked = IntStream.range(0, 8).mapToObj((i) -> ask("other", "mallory")).toList();
		long first = this.link.number() - 7;
		assertThat(this.link.mail()).allMatch(RetryMail.Check.class::isInstance);
		for (int i = 0; i < 4; i++) {
			assertThat(carry("other", "mallory").texts).isEmpty();
		}
		assertThat(this.requests.carried()).isEqualTo(4);
		// Its state stays good: nothing was carried.
		assertThat(carry("other", "mallory").texts).singleElement()
			.asString()
			.contains("RESOURCE_EXHAUSTED")
			.contains("\"mayHaveRun\":false");
		for (int i = 0; i < 8; i++) {
			this.requests.receive("other", new RetryMail.Refused(first + i, RequestStates.invalid()));
		}
		assertThat(asked).allSatisfy((answer) -> assertThat(answer.texts).hasSize(1));
		assertThat(this.requests.carried()).isEqualTo(4);
	}

	@Test
	void statesOfPodsThatNobodyHasSeenTakeNoPlaceFromOthers() {
		for (int i = 0; i < 4; i++) {
			assertThat(ask("nobody", "mallory").texts).isEmpty();
		}
		assertThat(ask("nobody", "mallory").texts).singleElement().asString().contains("RESOURCE_EXHAUSTED");
		assertThat(carry("other", "mallory").texts).isEmpty();
		this.requests.look(PODS);
		this.requests.look(PODS);
		assertThat(ask("nobody", "mallory").texts).isEmpty();
	}

	@Test
	void aClientThatLeavesBeforeItsStateIsKnownIsForgotten() {
		Answer answer = ask("other", "alice");
		answer.cancelled.run();
		this.requests.receive("other", new RetryMail.Genuine(1));
		assertThat(this.link.mail()).singleElement().isInstanceOf(RetryMail.Check.class);
		assertThat(this.requests.isEmpty()).isTrue();
	}

	@Test
	void aPodOfAnotherVersionEndsTheRequest() {
		Answer asked = ask("other", "alice");
		this.requests.receive("other", new RetryMail.Foreign(1, RetryMail.REFUSED));
		assertThat(asked.texts).singleElement().asString().contains("another version").contains("\"mayHaveRun\":false");
		Answer carried = carry("other", "alice");
		this.requests.receive("other", new RetryMail.Foreign(2, RetryMail.TOLD));
		assertThat(carried.texts).singleElement().asString().contains("another version").contains("may have run");
		assertThat(this.link.mail()).contains(new RetryMail.Left(2));
	}

	@Test
	void aRequestOfAnotherVersionIsRefused() {
		byte[] foreign = new RetryMail.Check(7, Bytes.utf8("state"), "book", null).toBytes().toArray();
		foreign[0]++;
		McpSettings settings = new McpSettings("test", "1", null, 10_000, 10_000, 32, Await.LONG, Await.LONG,
				Await.LONG, 10, 1);
		try (McpEndpoint endpoint = new McpEndpoint(this.server.directCalls(), JacksonCodec.json(), settings,
				new CallerPolicy(List.of(), List.of(), List.of()))) {
			this.link.received
				.tryEmitNext(new PodMessage(PodMessage.Type.MAIL, "", "here/mcp", "other/mcp", Bytes.of(foreign)));
			Await.until(() -> this.link.mail().size() == 1);
			RetryMail.Refused refused = (RetryMail.Refused) this.link.mail().get(0);
			assertThat(refused.number()).isEqualTo(7);
			assertThat(refused.error()).hasMessageContaining("another version");
			assertThat(endpoint.load().calls()).isZero();
		}
	}

	@Test
	void aPodThatNeverWasIsNoLoss() {
		Answer forged = ask("nobody", "mallory");
		Answer real = carry("other", "alice");
		this.requests.look(Set.of("here"));
		assertThat(forged.texts).isEmpty();
		this.requests.look(Set.of("here"));
		assertThat(forged.texts).singleElement().asString().contains("LOST");
		assertThat(real.texts).singleElement().asString().contains("LOST");
		assertThat(this.requests.lost()).isOne();
	}

	@Test
	void manyStatesOfADeadPodAreOneLine() {
		this.link.pods.tryEmitNext(Set.of("here"));
		Await.until(() -> this.server.directCalls().mail().isGone("other"));
		try (LogLines lines = LogLines.of(CarriedRequests.class, Level.WARN)) {
			for (int i = 0; i < 100; i++) {
				assertThat(ask("other", "mallory").texts).singleElement().asString().contains("LOST");
			}
			assertThat(lines.texts()).singleElement().asString().contains("pod other");
			assertThat(this.requests.lost()).isEqualTo(100);
		}
	}

	@Test
	void ofABodyNoMoreIsKeptThanCounts() {
		RpcMessage message = new RpcMessage();
		message.inputResponses = Bytes.of(new byte[1_000_000]).slice(999_000, 9);
		ask("other", "alice", message);
		Map<?, ?> open = (Map<?, ?>) ReflectionTestUtils.getField(this.requests, "requests");
		assertThat(open).hasSize(1);
		RetryMail.Resume kept = (RetryMail.Resume) ReflectionTestUtils.getField(open.values().iterator().next(),
				"resume");
		assertThat(kept.responses().length()).isEqualTo(9);
		assertThat(kept.responses().array()).hasSizeLessThanOrEqualTo(18);
	}

	@Test
	void messagesThatWereLostCountAsTaken() {
		carry("other", "alice");
		this.requests.receive("other", new RetryMail.Told(1, 16, 16, null, null));
		assertThat(this.link.mail()).contains(new RetryMail.Taken(1, 16));
	}

	@Test
	void thatAClientHasLeftIsSentAgain() {
		Answer answer = carry("other", "alice");
		this.link.failures = 2;
		answer.cancelled.run();
		Await.until(() -> this.link.mail().contains(new RetryMail.Left(1)));
		assertThat(this.link.failures).isZero();
	}

	/** A client that takes all. */
	private static final class Answer implements Reply {

		private final List<String> texts = new ArrayList<>();

		private Runnable cancelled = () -> {
		};

		@Override
		public Revision revision() {
			return Revision.STATELESS;
		}

		@Override
		public boolean takesForms() {
			return true;
		}

		@Override
		public void onCancel(Runnable cancelled) {
			this.cancelled = cancelled;
		}

		@Override
		public void onRoom(Runnable room) {
			// There always is.
		}

		@Override
		public void await() {
			// The test does not.
		}

		@Override
		public void takesLong() {
			// The test does not.
		}

		@Override
		public boolean progress(double progress, @Nullable Double total, @Nullable Bytes text) {
			return true;
		}

		@Override
		public void result(Bytes members, Runnable over) {
			this.texts.add(members.toUtf8());
			over.run();
		}

		@Override
		public void questions(Bytes members) {
			this.texts.add(members.toUtf8());
		}

		@Override
		public void error(RpcError error) {
			this.texts.add(String.valueOf(error.getMessage()));
		}

	}

	/** A link whose other end is silent. */
	private static final class Link implements PodLink {

		private final Sinks.Many<Set<String>> pods = Sinks.many().replay().latest();

		private final Sinks.Many<PodMessage> received = Sinks.many().unicast().onBackpressureBuffer();

		private final Queue<PodMessage> messages = new ConcurrentLinkedQueue<>();

		private volatile String name = "here";

		private volatile int failures;

		/** The number of the latest request. */
		long number() {
			List<RetryMail> checks = mail().stream().filter(RetryMail.Check.class::isInstance).toList();
			return checks.get(checks.size() - 1).number();
		}

		List<RetryMail> mail() {
			return this.messages.stream().map((message) -> RetryMail.read(message.body())).toList();
		}

		@Override
		public String pod() {
			return this.name;
		}

		@Override
		public Mono<Void> send(String pod, PodMessage message) {
			return Mono.fromRunnable(() -> {
				if (this.failures > 0 && message.type() == PodMessage.Type.MAIL) {
					this.failures--;
					throw new IllegalStateException("No link");
				}
				this.messages.add(message);
			});
		}

		@Override
		public Mono<Void> broadcast(PodMessage message) {
			return Mono.empty();
		}

		@Override
		public Flux<PodMessage> messages() {
			return this.received.asFlux();
		}

		@Override
		public Flux<Set<String>> pods() {
			return this.pods.asFlux();
		}

	}

}
