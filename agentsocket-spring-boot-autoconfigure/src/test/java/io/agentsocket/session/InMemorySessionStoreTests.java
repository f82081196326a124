package io.agentsocket.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;

import org.springframework.test.util.ReflectionTestUtils;

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

	@Test
	void allThatHasExpiredIsForgottenAsOthersAreOpened() {
		for (int i = 0; i < 64; i++) {
			open("kept" + i, Duration.ofHours(1));
			open("expired" + i, Duration.ofSeconds(1));
		}
		pass(Duration.ofSeconds(2));
		for (int i = 0; i < 20; i++) {
			open("later" + i, Duration.ofHours(1));
		}
		// Asking for one of them would remove it.
		assertThat((Map<?, ?>) ReflectionTestUtils.getField(this.store, "entries")).hasSize(84);
	}

	private void open(String id, Duration ttl) {
		SessionState state = new SessionState(id, "log", 1, null, AgentInfo.UNKNOWN, "cbor", this.clock.instant());
		this.store.open(state, "pod/1", "token", ttl).block(Await.LONG);
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
