package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.connection.takeover.RecordFormat;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A peer that learns of the loss of its session while a step is on its way to the store.
 */
class OwnershipTests {

	private final AtomicInteger runs = new AtomicInteger();

	private final Store store = new Store();

	private final RawPeer raw = RawPeer.ofServer(this.store);

	private void invoke() {
		// Records of the attachment.
		collect();
		this.store.steps.get(0).tryEmitEmpty();
		this.raw.settle();
		this.raw.actions.add("pay", ResultShape.VALUE, false, ActionHints.NONE,
				(exchange) -> Mono.fromSupplier(this.runs::incrementAndGet));
		this.raw.send(new Frame.Invoke(1, true, Frame.Ref.name("pay"), Bytes.EMPTY, Bytes.EMPTY));
		assertThat(this.store.steps).hasSize(2);
		assertThat(this.runs).hasValue(0);
	}

	@Test
	void whatBecameDurableBeforeTheSessionWasLostRunsAsAFollower() {
		invoke();
		this.raw.peer.otherPods().moved(2);
		this.raw.settle();
		assertThat(this.raw.transport.closeCode).isZero();
		this.store.steps.get(1).tryEmitEmpty();
		this.raw.settle();
		this.raw.assertClosed(CloseCode.SUPERSEDED.code());
		assertThat(this.runs).hasValue(1);
		assertThat(this.store.pushed).hasSize(1);
	}

	@Test
	void whatDidNotBecomeDurableNeverRuns() {
		invoke();
		this.raw.peer.otherPods().moved(2);
		this.store.steps.get(1).tryEmitError(new FencedException(2));
		this.raw.settle();
		this.raw.assertClosed(CloseCode.SUPERSEDED.code());
		assertThat(this.runs).hasValue(0);
		assertThat(this.store.pushed).isEmpty();
	}

	@Test
	void callWhoseStartIsDurableGoesOnWhenALaterStepIsRefused() {
		AtomicInteger cancelled = new AtomicInteger();
		Sinks.Many<String> items = Sinks.many().unicast().onBackpressureBuffer();
		this.raw.actions.add("watch", ResultShape.ITEMS, false, ActionHints.NONE,
				(exchange) -> items.asFlux().doOnCancel(cancelled::incrementAndGet));
		complete(0);
		this.raw.send(new Frame.Invoke(1, true, Frame.Ref.name("watch"), Bytes.EMPTY, Bytes.EMPTY));
		complete(1);
		items.tryEmitNext("first");
		this.raw.settle();
		while (this.store.commits.stream().noneMatch((commit) -> commit.number() > 2)) {
			complete(this.store.steps.size() - 1);
		}
		Commit last = this.store.commits.get(this.store.commits.size() - 1);
		assertThat(last.records()).containsKey("c1");
		this.store.steps.get(this.store.steps.size() - 1).tryEmitError(new FencedException(2));
		this.raw.settle();
		this.raw.assertClosed(CloseCode.SUPERSEDED.code());
		assertThat(cancelled).hasValue(0);
		items.tryEmitNext("second");
		this.raw.settle();
		assertThat(this.store.pushed).hasSizeGreaterThan(1);
	}

	@Test
	void stepThatFailsIsRepeatedLessAndLessOften() {
		invoke();
		int before = this.store.steps.size();
		for (int i = 0; i < 400; i++) {
			this.store.steps.get(this.store.steps.size() - 1).tryEmitError(new IllegalStateException("away"));
			this.raw.advance(Duration.ofMillis(50));
		}
		// In 20 s: after 0.2, 0.4, 0.8, 1.6 and then each 2 s, or half of that.
		assertThat(this.store.steps.size() - before).isBetween(11, 23);
		this.raw.advance(Duration.ofSeconds(2));
		complete(this.store.steps.size() - 1);
		assertThat(this.runs).hasValue(1);
	}

	@Test
	void aliasesOfAWithdrawnActionLeaveNoRecord() {
		complete(0);
		this.raw.send(new Frame.Define(16, "a", Bytes.EMPTY, Bytes.EMPTY),
				new Frame.Define(17, "a", Bytes.EMPTY, Bytes.EMPTY),
				new Frame.Define(18, "b", Bytes.EMPTY, Bytes.EMPTY));
		collect();
		this.raw.send(new Frame.Define(17, "", Bytes.EMPTY, Bytes.EMPTY));
		for (int i = 1; i < this.store.steps.size(); i++) {
			complete(i);
		}
		Set<String> stored = new HashSet<>();
		this.store.commits.forEach((commit) -> {
			stored.removeAll(commit.removed());
			stored.addAll(commit.records().keySet());
		});
		assertThat(stored).contains("t18").doesNotContain("t16", "t17");
	}

	@Test
	void callThatItsCallerEndsLeavesNoRecord() {
		invoke();
		complete(1);
		this.raw.actions.add("never", ResultShape.VALUE, false, ActionHints.NONE, (exchange) -> Mono.never());
		this.raw.send(new Frame.Invoke(3, true, Frame.Ref.name("never"), Bytes.EMPTY, Bytes.EMPTY));
		this.raw.send(new Frame.Error(3, ErrorCode.CANCELLED.code(), false, false, Bytes.EMPTY, ""));
		for (int i = 2; i < this.store.steps.size(); i++) {
			complete(i);
		}
		Set<String> stored = new HashSet<>();
		this.store.commits.forEach((commit) -> {
			stored.addAll(commit.records().keySet());
			stored.removeAll(commit.removed());
		});
		assertThat(stored).doesNotContain("c1", "c3");
	}

	/** Steps that nobody waits for begin a little later. */
	private void collect() {
		this.raw.advance(Duration.ofMillis(10));
	}

	private void complete(int step) {
		collect();
		this.store.steps.get(step).tryEmitEmpty();
		collect();
	}

	@Test
	void followerAnswersForStreamsThatItDoesNotKnow() {
		invoke();
		this.store.steps.get(1).tryEmitEmpty();
		this.raw.settle();
		this.raw.peer.otherPods().moved(2);
		this.raw.settle();
		this.store.steps.forEach(Sinks.Empty::tryEmitEmpty);
		this.raw.settle();
		this.store.pushed.clear();
		this.raw.peer.otherPods()
			.reconcileStreams(new RecordFormat.Writer().text("").text("").number(0).number(7).take());
		this.raw.settle();
		assertThat(this.store.pushed).hasSize(1);
		RecordFormat.Reader reader = new RecordFormat.Reader(this.store.pushed.get(0));
		assertThat(reader.text()).isEqualTo("pod/1");
		reader.number();
		reader.text();
		assertThat(reader.frame()).isInstanceOfSatisfying(Frame.Error.class, (error) -> {
			assertThat(error.streamId()).isEqualTo(7);
			assertThat(error.code()).isEqualTo(ErrorCode.LOST.code());
			assertThat(error.mayHaveRun()).isTrue();
		});
	}

	@Test
	void followerAnswersACallWhoseActionCannotBeFound() {
		complete(0);
		this.raw.actions.add("pay", ResultShape.VALUE, false, ActionHints.NONE, (exchange) -> Mono.just("paid"));
		this.raw.actions.failing = new IllegalStateException("no principal");
		this.raw.peer.otherPods().moved(2);
		this.raw.settle();
		Bytes frames = new RecordFormat.Writer().number(1).frame(RawPeer.invoke(1, "pay")).take();
		this.raw.peer.otherPods()
			.framesFromOwner("pod/2",
					new RecordFormat.Writer().text("pod/2").number(1).text("").number(0).bytes(frames).take());
		this.raw.settle();
		RecordFormat.Reader reader = new RecordFormat.Reader(this.store.pushed.get(this.store.pushed.size() - 1));
		reader.text();
		reader.number();
		reader.text();
		assertThat(reader.frame()).isInstanceOfSatisfying(Frame.Error.class, (error) -> {
			assertThat(error.streamId()).isOne();
			assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL.code());
			assertThat(error.mayHaveRun()).isFalse();
		});
	}

	/** Steps wait until the test ends them. */
	private static final class Store extends QuietStorage {

		private final List<Sinks.Empty<Void>> steps = new ArrayList<>();

		private final List<Commit> commits = new ArrayList<>();

		private final List<Bytes> pushed = new ArrayList<>();

		@Override
		public Mono<Void> commit(Commit commit) {
			Sinks.Empty<Void> step = Sinks.empty();
			this.steps.add(step);
			this.commits.add(commit);
			return step.asMono();
		}

		@Override
		public Mono<Void> push(Bytes message, Bytes wake) {
			this.pushed.add(message);
			return Mono.empty();
		}

	}

}
