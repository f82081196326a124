package io.agentsocket.relay.transport;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A request is sent, or it is told that it was not: never both.
 */
class RequestTimingTests {

	private final RequestTiming timing = new RequestTiming();

	@Test
	void abandonedRequestIsNotSent() {
		assertThat(this.timing.abandon()).isTrue();
		assertThat(this.timing.sending(false)).isFalse();
		assertThat(this.timing.isSent()).isFalse();
	}

	@Test
	void requestThatWasSentIsNotAbandoned() {
		assertThat(this.timing.sending(true)).isTrue();
		assertThat(this.timing.abandon()).isFalse();
		assertThat(this.timing.isSent()).isTrue();
		assertThat(this.timing.isReused()).isTrue();
	}

	@Test
	void anotherConnectionMayTakeWhatOneHadTaken() {
		assertThat(this.timing.sending(true)).isTrue();
		assertThat(this.timing.sending(false)).isTrue();
		assertThat(this.timing.isReused()).isFalse();
	}

	@Test
	void oneOfBothWinsWheneverTheyMeet() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			for (int i = 0; i < 2_000; i++) {
				RequestTiming request = new RequestTiming();
				CountDownLatch begin = new CountDownLatch(1);
				Future<Boolean> sent = executor.submit(() -> {
					begin.countDown();
					return request.sending(false);
				});
				begin.await();
				boolean abandoned = request.abandon();
				assertThat(sent.get(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isNotEqualTo(abandoned);
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

}
