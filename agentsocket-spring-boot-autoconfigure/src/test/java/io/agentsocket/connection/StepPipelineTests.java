package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Steps of a session that are underway together: they count in their order, whatever the
 * order of the replies, and what did not become durable leaves nothing behind.
 */
class StepPipelineTests {

	private final Store store = new Store();

	private final RawPeer raw = RawPeer.ofServer(this.store);

	/** Arguments of each call of "pay" that ran, none like another. */
	private final List<Bytes> runs = new ArrayList<>();

	private int streamId = -1;

	@BeforeEach
	void actions() {
		// Records of the attachment, and the alias that the first call makes known.
		this.raw.actions.add("pay", ResultShape.VALUE, false, ActionHints.NONE, (exchange) -> Mono.fromSupplier(() -> {
			this.runs.add(exchange.arguments().compact());
			return this.runs.size();
		}));
		this.raw.actions.add("read", ResultShape.VALUE, false, new ActionHints(true, false, true, false, false, null),
				(exchange) -> Mono.just("x".repeat(300)));
		this.store.replyToAll(this.raw);
		pay(1);
		this.store.replyToAll(this.raw);
		this.runs.clear();
		this.raw.allFrames();
		this.store.begun.clear();
	}

	/** Makes calls with one message. */
	private void pay(int calls) {
		invoke("pay", calls);
	}

	private void invoke(String action, int calls) {
		Frame[] frames = new Frame[calls];
		for (int i = 0; i < calls; i++) {
			this.streamId += 2;
			frames[i] = new Frame.Invoke(this.streamId, true, Frame.Ref.name(action), Bytes.EMPTY,
					this.raw.codec.encode(Map.of("id", this.streamId)));
		}
		this.raw.send(frames);
	}

	private List<Integer> answered() {
		return this.raw.frames().stream().map(Frame::streamId).toList();
	}

	@Test
	void asMuchAsIsUnderwayBeginsAtOnce() {
		pay(4);
		pay(4);
		assertThat(this.store.begun).hasSize(2);
		assertThat(this.store.begun.get(1).commit.number()).isEqualTo(this.store.begun.get(0).commit.number() + 1);
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.runs).hasSize(4);
	}

	@Test
	void littleWaitsForTheStepThatIsUnderway() {
		pay(8);
		pay(1);
		assertThat(this.store.begun).hasSize(1);
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.store.begun).hasSize(2);
	}

	/** They cannot go along with a step, however many they are. */
	@Test
	void resultsThatTheWindowKeepsBackBeginNoStep() {
		this.raw.actions.add("large", ResultShape.VALUE, false, new ActionHints(true, false, true, false, false, null),
				(exchange) -> Mono.just("x".repeat(60_000)));
		invoke("large", 8);
		this.store.replyToAll(this.raw);
		assertThat(this.raw.peer.load().queued()).isGreaterThan(60_000);
		this.store.begun.clear();
		pay(8);
		pay(1);
		assertThat(this.store.begun).hasSize(1);
	}

	@Test
	void thereIsABoundOfStepsThatAreUnderway() {
		for (int i = 0; i < 20; i++) {
			pay(1);
		}
		assertThat(this.store.begun).hasSize(4);
		this.store.replyToAll(this.raw);
		assertThat(this.runs).hasSize(20);
		// The first three began with the first call of each, the others shared the rest.
		assertThat(this.store.begun).hasSizeLessThan(20);
		assertThat(answered()).hasSize(20).doesNotHaveDuplicates();
	}

	@Test
	void aStepCountsWhenThoseBeforeAreStored() {
		pay(2);
		pay(2);
		this.store.begun.get(1).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.runs).isEmpty();
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.runs).hasSize(4);
	}

	/** The second one had to be refused, for want of the one before. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void afterAFailureStepsAreRepeatedInTheirOrder(boolean secondFailsFirst) {
		pay(2);
		pay(2);
		long number = this.store.begun.get(0).commit.number();
		int first = secondFailsFirst ? 1 : 0;
		fail(first);
		fail(1 - first);
		this.raw.settle();
		// Nothing else begins while an outcome is in doubt.
		pay(8);
		this.raw.advance(Duration.ofSeconds(1));
		assertThat(this.store.numbers()).startsWith(number, number + 1, number).doesNotContain(number + 2);
		this.store.begun.get(this.store.begun.size() - 1).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.runs).hasSize(2);
		assertThat(this.store.numbers()).endsWith(number, number + 1);
		this.store.replyToAll(this.raw);
		assertThat(this.runs).hasSize(12);
		assertThat(answered()).hasSize(12).doesNotHaveDuplicates();
		assertThat(this.raw.transport.closeCode).isZero();
	}

	private void fail(int step) {
		this.store.begun.get(step).outcome
			.tryEmitError((step == 0) ? new IllegalStateException("away") : new FencedException(1));
		this.raw.settle();
	}

	/** The first reply is lost, the store has both. */
	@Test
	void aLaterReplyIsKeptUntilTheOneBeforeIsKnown() {
		pay(2);
		pay(2);
		this.store.begun.get(0).outcome.tryEmitError(new IllegalStateException("away"));
		this.store.begun.get(1).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.runs).isEmpty();
		this.raw.advance(Duration.ofSeconds(1));
		assertThat(this.store.begun).hasSize(3);
		this.store.begun.get(2).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.runs).hasSize(4);
		assertThat(this.store.numbers().subList(0, 3)).containsExactly(this.store.begun.get(0).commit.number(),
				this.store.begun.get(1).commit.number(), this.store.begun.get(0).commit.number());
	}

	/** A driver has lost the signal of the first step, and never tells of it. */
	@Test
	void aStepWhoseOutcomeIsLostIsRepeatedOnce() {
		pay(2);
		pay(2);
		long number = this.store.begun.get(0).commit.number();
		this.store.begun.get(1).outcome.tryEmitEmpty();
		// Looks: the first one finds the step, the second and the third find it again.
		this.raw.advance(Duration.ofSeconds(5));
		this.raw.advance(Duration.ofSeconds(5));
		assertThat(this.raw.transport.closeCode).isNotZero();
		assertThat(this.store.numbers()).containsExactly(number, number + 1);
		this.raw.advance(Duration.ofSeconds(5));
		assertThat(this.store.numbers()).containsExactly(number, number + 1, number);
		assertThat(this.runs).isEmpty();
		for (int i = 0; i < 12; i++) {
			this.raw.advance(Duration.ofSeconds(5));
		}
		assertThat(this.store.begun).hasSize(3);
		this.store.begun.get(2).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.runs).hasSize(4);
		// The signal was only late.
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.runs).hasSize(4).doesNotHaveDuplicates();
	}

	/** The task of a step ends with an error, while the step behind it waits. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aTaskThatFailsKeepsNoStepFromItsEnd(boolean secondIsStored) {
		invoke("read", 8);
		invoke("read", 8);
		if (secondIsStored) {
			this.store.begun.get(1).outcome.tryEmitEmpty();
		}
		else {
			fail(1);
		}
		this.raw.settle();
		MemoryTransport broken = this.raw.transport;
		broken.onWrite = (message) -> {
			throw new IllegalStateException("broken");
		};
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(broken.closeCode).isNotZero();
		assertThat(this.store.begun).hasSize(secondIsStored ? 2 : 3);
		broken.onWrite = (message) -> {
		};
		this.store.replyToAll(this.raw);
		this.raw.peer.detached(broken, broken.closeCode);
		this.raw.attach();
		this.store.replyToAll(this.raw);
		List<Integer> reads = IntStream.rangeClosed(2, 17).map((call) -> 2 * call - 1).boxed().toList();
		assertThat(answered()).containsAll(reads).doesNotHaveDuplicates();
	}

	/** It was sent when the outcome of the one before was not known. */
	@Test
	void aRefusalThatComesLateSaysNothingOfTheOwner() {
		pay(2);
		pay(2);
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		fail(1);
		assertThat(this.raw.transport.closeCode).isZero();
		this.raw.advance(Duration.ofSeconds(1));
		assertThat(this.store.begun).hasSize(3);
		this.store.replyToAll(this.raw);
		assertThat(this.runs).hasSize(4).doesNotHaveDuplicates();
	}

	@Test
	void aRefusalOfTheFirstStepEndsTheOwner() {
		pay(2);
		pay(2);
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		fail(1);
		this.raw.advance(Duration.ofSeconds(1));
		this.store.begun.get(2).outcome.tryEmitError(new FencedException(2));
		this.raw.settle();
		this.raw.assertClosed(CloseCode.SUPERSEDED.code());
		assertThat(this.runs).hasSize(2);
	}

	@Test
	void nothingOfARefusedStepOrOfThoseBehindItHappens() {
		invoke("read", 1);
		pay(20);
		assertThat(this.store.begun).hasSize(2);
		assertThat(this.store.begun.get(0).commit.appended()).isNotEmpty();
		this.store.begun.get(0).outcome.tryEmitError(new FencedException(2));
		this.store.begun.get(1).outcome.tryEmitError(new FencedException(2));
		this.raw.settle();
		this.raw.assertClosed(CloseCode.SUPERSEDED.code());
		assertThat(this.runs).isEmpty();
		assertThat(answered()).isEmpty();
	}

	/** Calls that are stored run; the rest is for the new owner. */
	@Test
	void aSessionThatHasMovedWaitsForAllThatIsUnderway() {
		pay(2);
		pay(2);
		this.raw.peer.otherPods().moved(2);
		this.raw.settle();
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(this.raw.transport.closeCode).isZero();
		assertThat(this.runs).hasSize(2);
		this.store.begun.get(1).outcome.tryEmitError(new FencedException(2));
		this.raw.settle();
		this.raw.assertClosed(CloseCode.SUPERSEDED.code());
		assertThat(this.runs).hasSize(2);
		assertThat(this.store.begun).hasSize(2);
		assertThat(this.store.pushed).isNotEmpty();
	}

	/**
	 * An acknowledgement waits for the step with its number, and needs none of its own.
	 */
	@Test
	void messagesWaitForTheStepThatHasThem() {
		invoke("read", 8);
		invoke("read", 8);
		assertThat(this.store.begun).hasSize(2);
		assertThat(this.raw.messages()).isEmpty();
		this.store.begun.get(0).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(answered()).hasSize(8);
		this.store.begun.get(1).outcome.tryEmitEmpty();
		this.raw.settle();
		assertThat(answered()).hasSize(8);
		assertThat(this.store.begun).hasSize(2);
	}

	/** A store that applies in order, and loses and delays a few replies of each step. */
	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 4, 5, 6, 7, 8 })
	void whateverIsLostEachCallRunsOnceAndIsAnsweredOnce(int seed) {
		Random random = new Random(seed);
		long applied = this.store.applied;
		List<Integer> answers = new ArrayList<>();
		int calls = 0;
		int payments = 0;
		for (int turn = 0; turn < 300; turn++) {
			int more = random.nextInt(6);
			if (more > 0) {
				boolean pays = random.nextBoolean();
				invoke(pays ? "pay" : "read", more);
				calls += more;
				payments += pays ? more : 0;
			}
			applied = this.store.serve(random, applied);
			this.raw.settle();
			if (random.nextInt(4) == 0) {
				this.raw.advance(Duration.ofMillis(200));
			}
			answers.addAll(answered());
		}
		this.store.applied = applied;
		for (int i = 0; i < 10; i++) {
			this.store.replyToAll(this.raw);
			this.raw.advance(Duration.ofSeconds(2));
		}
		answers.addAll(answered());
		assertThat(this.raw.transport.closeCode).isZero();
		assertThat(answers).hasSize(calls).doesNotHaveDuplicates();
		assertThat(this.runs).hasSize(payments).doesNotHaveDuplicates();
	}

	private static final class Step {

		private final Commit commit;

		private final Sinks.Empty<Void> outcome = Sinks.empty();

		private boolean answered;

		Step(Commit commit) {
			this.commit = commit;
		}

	}

	/** Steps wait until the test ends them. */
	private static final class Store extends QuietStorage {

		/** With more the connection would be closed, as the store seems to be gone. */
		private static final int MAX_TROUBLES = 2;

		private final List<Step> begun = new ArrayList<>();

		/** Steps that came ahead of the one before; the reply is on its way. */
		private final List<Step> refused = new ArrayList<>();

		private final List<Bytes> pushed = new ArrayList<>();

		/** How often each step was served: a few times, something is lost. */
		private final Map<Long, Integer> troubles = new HashMap<>();

		/** Number of the latest step that is stored. */
		private long applied;

		@Override
		public Mono<Void> commit(Commit commit) {
			Step step = new Step(commit);
			this.begun.add(step);
			return step.outcome.asMono();
		}

		@Override
		public Mono<Void> push(Bytes message, Bytes wake) {
			this.pushed.add(message);
			return Mono.empty();
		}

		private List<Long> numbers() {
			return this.begun.stream().map((step) -> step.commit.number()).toList();
		}

		/** Stores all, until nothing is underway. */
		private void replyToAll(RawPeer raw) {
			this.refused.forEach((step) -> step.outcome.tryEmitError(new FencedException(1)));
			this.refused.clear();
			raw.settle();
			for (int i = 0; i < this.begun.size(); i++) {
				Step step = this.begun.get(i);
				if (!step.answered) {
					step.answered = true;
					this.applied = Math.max(this.applied, step.commit.number());
					step.outcome.tryEmitEmpty();
					raw.settle();
				}
			}
		}

		/** Does something with some of the steps that wait, as a store would. */
		private long serve(Random random, long before) {
			long latest = before;
			for (Step step : List.copyOf(this.refused)) {
				// However late, and whatever was stored meanwhile.
				if (random.nextInt(3) == 0) {
					this.refused.remove(step);
					step.outcome.tryEmitError(new FencedException(1));
				}
			}
			for (Step step : List.copyOf(this.begun)) {
				if (step.answered || random.nextInt(3) == 0) {
					continue;
				}
				step.answered = true;
				int troubles = this.troubles.merge(step.commit.number(), 1, Integer::sum);
				boolean comes = troubles > MAX_TROUBLES || random.nextInt(5) > 0;
				if (comes && step.commit.number() > latest + 1) {
					this.refused.add(step);
					continue;
				}
				latest = comes ? Math.max(latest, step.commit.number()) : latest;
				if (comes && (troubles > MAX_TROUBLES || random.nextInt(5) > 0)) {
					step.outcome.tryEmitEmpty();
				}
				else {
					step.outcome.tryEmitError(new IllegalStateException("away"));
				}
			}
			return latest;
		}

	}

}
