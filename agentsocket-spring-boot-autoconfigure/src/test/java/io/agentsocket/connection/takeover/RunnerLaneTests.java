package io.agentsocket.connection.takeover;

import java.time.Duration;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link RunnerLane}.
 */
class RunnerLaneTests {

	private static final long SECOND = Duration.ofSeconds(1).toNanos();

	private final RunnerLane lane = new RunnerLane();

	private RunnerLane.Message next(String owner, long number, String frames) {
		return next(owner, number, Bytes.utf8(frames));
	}

	private RunnerLane.Message next(String owner, long number, Bytes frames) {
		RunnerLane.Message message = this.lane.next(++this.records, new RunnerLane.Place(owner, number), frames);
		this.lane.sent(message, 0);
		return message;
	}

	private long records;

	private static RunnerLane.Place place(String owner, long number) {
		return new RunnerLane.Place(owner, number);
	}

	@Test
	void messageTellsWhichOneWasBeforeIt() {
		RecordFormat.Reader first = new RecordFormat.Reader(next("a", 5, "one").body());
		assertThat(RunnerLane.Place.read(first)).isEqualTo(place("a", 5));
		assertThat(RunnerLane.Place.read(first)).isEqualTo(RunnerLane.Place.NONE);
		assertThat(first.bytes()).isEqualTo(Bytes.utf8("one"));
		RecordFormat.Reader second = new RecordFormat.Reader(next("a", 9, "two").body());
		assertThat(RunnerLane.Place.read(second)).isEqualTo(place("a", 9));
		assertThat(RunnerLane.Place.read(second)).isEqualTo(place("a", 5));
	}

	@Test
	void nextOwnerGoesOnWithWhatWasNotConfirmed() {
		RunnerLane before = new RunnerLane();
		RunnerLane.Message kept = before.next(1, place("a", 1), Bytes.utf8("one"));
		this.lane.sent(this.lane.restore(1, kept.body()), 0);
		assertThat(this.lane.sent()).isEqualTo(place("a", 1));
		RecordFormat.Reader next = new RecordFormat.Reader(next("b", 1, "two").body());
		assertThat(RunnerLane.Place.read(next)).isEqualTo(place("b", 1));
		assertThat(RunnerLane.Place.read(next)).isEqualTo(place("a", 1));
		assertThat(this.lane.heard(place("b", 1), false, 0)).hasSize(2);
		assertThat(this.lane.isEmpty()).isTrue();
	}

	@Test
	void messageThatWasNotConfirmedIsSentAgainInOrder() {
		next("a", 1, "one");
		RunnerLane.Message second = next("a", 2, "two");
		RunnerLane.Message third = next("b", 1, "three");
		assertThat(this.lane.heard(place("a", 1), false, SECOND / 2)).extracting(RunnerLane.Message::record)
			.containsExactly(1L);
		assertThat(this.lane.overdue(SECOND / 2, false)).isEmpty();
		assertThat(this.lane.overdue(SECOND, false)).containsExactly(second, third);
		assertThat(this.lane.overdue(SECOND + 1, false)).isEmpty();
		assertThat(this.lane.overdue(SECOND + 1, true)).containsExactly(second, third);
		assertThat(this.lane.heard(place("c", 1), false, SECOND)).isEmpty();
		assertThat(this.lane.heard(place("b", 1), false, SECOND)).containsExactly(second, third);
		assertThat(this.lane.overdue(4 * SECOND, false)).isEmpty();
		assertThat(this.lane.isEmpty()).isTrue();
	}

	@Test
	void messageThatIsNotDurableIsNotSent() {
		RunnerLane.Message message = this.lane.next(1, place("a", 1), Bytes.utf8("one"));
		assertThat(this.lane.overdue(9 * SECOND, true)).isEmpty();
		assertThat(this.lane.sent()).isEqualTo(RunnerLane.Place.NONE);
		this.lane.sent(message, 0);
		assertThat(this.lane.overdue(0, true)).containsExactly(message);
	}

	@Test
	void keepsSoMuchAndIsBrokenWhenTheFollowerMissesTheRest() {
		for (int i = 1; i <= 40; i++) {
			next("a", i, Bytes.of(new byte[64 * 1024]));
		}
		assertThat(this.lane.excess()).hasSizeBetween(24, 30);
		assertThat(this.lane.overdue(SECOND, false)).hasSizeBetween(10, 16);
		for (int i = 0; i < 4; i++) {
			assertThat(this.lane.isBroken(i * SECOND)).isFalse();
			assertThat(this.lane.heard(place("a", 10), true, i * SECOND)).isEmpty();
		}
		assertThat(this.lane.isBroken(3 * SECOND)).isFalse();
		assertThat(this.lane.isBroken(4 * SECOND)).isTrue();
		assertThat(this.lane.isEmpty()).isFalse();
		// All of them came late.
		assertThat(this.lane.heard(place("a", 40), false, 4 * SECOND)).isNotEmpty();
		assertThat(this.lane.isBroken(20 * SECOND)).isFalse();
		assertThat(this.lane.isEmpty()).isTrue();
	}

}
