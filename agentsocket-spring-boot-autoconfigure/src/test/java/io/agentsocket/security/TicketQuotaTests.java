package io.agentsocket.security;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TicketQuotaTests {

	private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

	private final TicketQuota quota = new TicketQuota(Duration.ofNanos(10), this.now::get);

	@Test
	void principalGetsTwentyWhileTheyAreValid() {
		for (int i = 0; i < 20; i++) {
			assertThat(this.quota.take("alice")).isTrue();
		}
		assertThat(this.quota.take("alice")).isFalse();
		assertThat(this.quota.take("bob")).isTrue();
		this.now.addAndGet(10);
		assertThat(this.quota.take("alice")).isTrue();
	}

	@Test
	void windowsThatAreOverAreForgottenAsOthersBegin() {
		for (int i = 0; i < 1000; i++) {
			this.quota.take("p" + i);
			this.now.incrementAndGet();
		}
		assertThat(this.quota.size()).isEqualTo(10);
		this.now.addAndGet(10);
		assertThat(this.quota.take("last")).isTrue();
		assertThat(this.quota.size()).isEqualTo(1);
	}

}
