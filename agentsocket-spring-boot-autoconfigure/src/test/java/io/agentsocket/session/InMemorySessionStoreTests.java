package io.agentsocket.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link InMemorySessionStore}.
 */
class InMemorySessionStoreTests extends SessionStoreContract {

	private final TestClock clock = new TestClock();

	private final InMemorySessionStore store = InMemorySessionStore.shared(this.clock);

	@Override
	protected SessionStore store() {
		return this.store;
	}

	@Override
	protected void pass(Duration duration) {
		this.clock.now = this.clock.now.plus(duration);
	}

	@Test
	void saysWhetherItIsShared() {
		assertThat(this.store.isShared()).isTrue();
		assertThat(new InMemorySessionStore().isShared()).isFalse();
	}

	private static final class TestClock extends Clock {

		private Instant now = Instant.now();

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

		@Override
		public Instant instant() {
			return this.now;
		}

	}

}
