package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.Commit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A step that nobody waits for begins a few milliseconds later, together with all that
 * comes meanwhile.
 */
class CollectedStepsTests {

	private static final ActionHints READ_ONLY = new ActionHints(true, false, true, false, false, null);

	private final Store store = new Store();

	private RawPeer peer() {
		RawPeer raw = RawPeer.ofServer(this.store);
		raw.advance(Duration.ofMillis(10));
		this.store.commits.clear();
		return raw;
	}

	private static void invoke(RawPeer raw, int id, String action) {
		raw.send(new Frame.Invoke(id, true, Frame.Ref.name(action), Bytes.EMPTY, Bytes.EMPTY));
	}

	private static boolean hasCalls(Commit commit) {
		return commit.records().keySet().stream().anyMatch((key) -> key.startsWith("c"));
	}

	@Test
	void repeatableCallThatIsAnsweredSoonIsOneStepWithoutARecord() {
		Sinks.One<String> answer = Sinks.one();
		RawPeer raw = peer();
		raw.actions.add("look", ResultShape.VALUE, false, READ_ONLY,
				(exchange) -> (exchange.arguments().length() == 0) ? Mono.just("soon") : answer.asMono());
		// The first call makes an alias known.
		invoke(raw, 1, "look");
		this.store.commits.clear();
		raw.send(new Frame.Invoke(3, true, Frame.Ref.name("look"), Bytes.EMPTY, Bytes.of(new byte[] { (byte) 0xA0 })));
		assertThat(this.store.commits).isEmpty();
		answer.tryEmitValue("seen");
		raw.settle();
		// The answer waits for its step.
		assertThat(this.store.commits).hasSize(1)
			.allMatch((step) -> step.received() > 0 && step.sent() > 0 && !hasCalls(step));
		raw.advance(Duration.ofSeconds(1));
		assertThat(this.store.commits).hasSize(1);
	}

	@Test
	void repeatableCallThatRunsForLongIsRecordedWithinMoments() {
		RawPeer raw = peer();
		raw.actions.add("look", ResultShape.VALUE, false, READ_ONLY, (exchange) -> Mono.never());
		invoke(raw, 1, "look");
		raw.advance(Duration.ofMillis(5));
		assertThat(this.store.commits).hasSize(1).allMatch(CollectedStepsTests::hasCalls);
	}

	@Test
	void callThatMustNotRunTwiceIsRecordedAtOnce() {
		RawPeer raw = peer();
		raw.actions.add("pay", ResultShape.VALUE, false, ActionHints.NONE, (exchange) -> Mono.never());
		invoke(raw, 1, "pay");
		assertThat(this.store.commits).hasSize(1).allMatch(CollectedStepsTests::hasCalls);
	}

	@Test
	void relaxedFramesLeaveAtOnceAndShareAStep() {
		this.store.strict = false;
		RawPeer raw = peer();
		raw.actions.add("look", ResultShape.VALUE, false, READ_ONLY, (exchange) -> Mono.just("seen"));
		raw.messages();
		for (int id = 1; id < 40; id += 2) {
			invoke(raw, id, "look");
			assertThat(raw.messages()).hasSize(1);
		}
		assertThat(this.store.commits).isEmpty();
		raw.advance(Duration.ofMillis(5));
		assertThat(this.store.commits).hasSize(1).allMatch((step) -> step.received() >= 20 && step.sent() >= 20);
	}

	/** It may come to another pod soon, which needs what it was told. */
	@Test
	void agentThatIsGoneWaitsForNothingMore() {
		this.store.strict = false;
		RawPeer raw = peer();
		raw.actions.add("look", ResultShape.VALUE, false, READ_ONLY, (exchange) -> Mono.just("seen"));
		invoke(raw, 1, "look");
		assertThat(this.store.commits).isEmpty();
		raw.peer.detached(raw.transport, 1006);
		raw.settle();
		assertThat(this.store.commits).hasSize(1);
	}

	@Test
	void manyBytesDoNotWait() {
		this.store.strict = false;
		RawPeer raw = peer();
		String large = "x".repeat(40_000);
		raw.actions.add("read", ResultShape.VALUE, false, READ_ONLY, (exchange) -> Mono.just(large));
		invoke(raw, 1, "read");
		assertThat(this.store.commits).isEmpty();
		invoke(raw, 3, "read");
		assertThat(this.store.commits).hasSize(1);
	}

	/** Nobody has to send these frames again, and they do not count as waiting. */
	@Test
	void relaxedFramesThatAreAcknowledgedBeforeTheStepAreNotStored() {
		this.store.strict = false;
		RawPeer raw = peer();
		String large = "x".repeat(40_000);
		raw.actions.add("read", ResultShape.VALUE, false, READ_ONLY, (exchange) -> Mono.just(large));
		for (int id = 1; id < 20; id += 2) {
			invoke(raw, id, "read");
			raw.send(RawPeer.ack(raw.peer.position().sent()));
		}
		assertThat(this.store.commits).isEmpty();
		raw.advance(Duration.ofMillis(5));
		assertThat(this.store.commits).hasSize(1)
			.allMatch((step) -> step.appended().isEmpty() && step.sent() >= 30 && step.acknowledged() == step.sent());
		invoke(raw, 21, "read");
		raw.advance(Duration.ofMillis(5));
		assertThat(this.store.commits).hasSize(2);
		assertThat(this.store.commits.get(1).appended()).isNotEmpty();
	}

	/** Timers of many sessions wake a thread once. */
	@Test
	void sessionsWaitForTheSameMoment() {
		this.store.strict = false;
		RawPeer raw = peer();
		raw.actions.add("look", ResultShape.VALUE, false, READ_ONLY, (exchange) -> Mono.just("seen"));
		raw.advance(Duration.ofMillis(3));
		invoke(raw, 1, "look");
		raw.advance(Duration.ofMillis(1));
		assertThat(this.store.commits).isEmpty();
		raw.advance(Duration.ofMillis(1));
		assertThat(this.store.commits).hasSize(1);
	}

	/** All steps are stored at once. */
	private static final class Store extends QuietStorage {

		private final List<Commit> commits = new ArrayList<>();

		private boolean strict = true;

		@Override
		public boolean isStrict() {
			return this.strict;
		}

		@Override
		public Mono<Void> commit(Commit commit) {
			this.commits.add(commit);
			return Mono.empty();
		}

	}

}
