package io.agentsocket.connection;

import java.time.Duration;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link Lane}.
 */
class LaneTests {

	private static final long SECOND = Duration.ofSeconds(1).toNanos();

	private final Lane lane = new Lane();

	@Test
	void messageTellsWhichOneWasBeforeIt() {
		Packed.Reader first = new Packed.Reader(this.lane.next(5, Bytes.utf8("a"), 0));
		assertThat(first.number()).isZero();
		assertThat(first.number()).isEqualTo(5);
		assertThat(first.bytes()).isEqualTo(Bytes.utf8("a"));
		Packed.Reader second = new Packed.Reader(this.lane.next(9, Bytes.utf8("b"), 0));
		assertThat(second.number()).isEqualTo(5);
		assertThat(second.number()).isEqualTo(9);
	}

	@Test
	void whatWasNotHeardIsSentAgainInOrder() {
		this.lane.next(1, Bytes.utf8("a"), 0);
		Bytes second = this.lane.next(2, Bytes.utf8("b"), 0);
		Bytes third = this.lane.next(3, Bytes.utf8("c"), SECOND / 2);
		this.lane.heard(1, SECOND / 2);
		assertThat(this.lane.overdue(SECOND / 2, false)).isEmpty();
		assertThat(this.lane.overdue(SECOND, false)).containsExactly(second, third);
		assertThat(this.lane.overdue(SECOND + 1, false)).isEmpty();
		assertThat(this.lane.overdue(SECOND + 1, true)).containsExactly(second, third);
		assertThat(this.lane.overdue(3 * SECOND, false)).containsExactly(second, third);
		this.lane.heard(3, 2 * SECOND);
		assertThat(this.lane.overdue(4 * SECOND, false)).isEmpty();
		assertThat(this.lane.isEmpty()).isTrue();
	}

	@Test
	void keepsSoMuchAndIsBrokenOnlyWhenWhatItForgotWasLost() {
		for (int i = 1; i <= 40; i++) {
			this.lane.next(i, Bytes.of(new byte[64 * 1024]), 0);
		}
		assertThat(this.lane.overdue(SECOND, false)).hasSizeBetween(10, 16);
		assertThat(this.lane.isBroken(2 * SECOND)).isFalse();
		this.lane.heard(10, 3 * SECOND);
		assertThat(this.lane.isBroken(5 * SECOND)).isFalse();
		assertThat(this.lane.isEmpty()).isFalse();
		assertThat(this.lane.isBroken(7 * SECOND)).isTrue();
		this.lane.heard(40, 7 * SECOND);
		assertThat(this.lane.isBroken(20 * SECOND)).isFalse();
		assertThat(this.lane.isEmpty()).isTrue();
	}

}
