package io.agentsocket.session.redis;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link PodSign}: when the lack of another sign tells that a pod is dead.
 */
class PodSignTests {

	private static final Duration TIMEOUT = Duration.ofHours(1);

	private static final long NOW = 1_000_000_000_000L;

	private static final long SOON = NOW + Duration.ofMillis(4_900).toNanos();

	private static final long LATER = NOW + Duration.ofMillis(5_100).toNanos();

	private final PodSign sign = sign(false);

	private static PodSign sign(boolean broken) {
		ReactiveRedisConnectionFactory none = (ReactiveRedisConnectionFactory) Proxy.newProxyInstance(
				PodSignTests.class.getClassLoader(), new Class<?>[] { ReactiveRedisConnectionFactory.class },
				(proxy, method, arguments) -> {
					throw new UnsupportedOperationException(method.getName());
				});
		return new PodSign(none, ByteBuffer.allocate(0), broken);
	}

	@Test
	void nothingIsCertainBeforeTheOwnSignWasSeen() {
		this.sign.unseen();
		assertThat(this.sign.isConfirmed()).isFalse();
		assertThat(this.sign.isCertain(TIMEOUT, true, LATER)).isFalse();
	}

	@Test
	void podThatHasJustStartedIsCertainWhereRedisTellsItsProcessesApart() {
		this.sign.unseen();
		this.sign.seen(NOW);
		assertThat(this.sign.isConfirmed()).isTrue();
		assertThat(this.sign.isCertain(TIMEOUT, true, NOW)).isTrue();
		assertThat(this.sign.isCertain(TIMEOUT, false, SOON)).isFalse();
		assertThat(this.sign.isCertain(TIMEOUT, false, LATER)).isTrue();
	}

	@Test
	void signThatWasBrokenMustStandForAWhile() {
		this.sign.seen(NOW - 1);
		this.sign.unseen();
		assertThat(this.sign.isCertain(TIMEOUT, true, NOW)).isFalse();
		this.sign.seen(NOW);
		assertThat(this.sign.isCertain(TIMEOUT, true, SOON)).isFalse();
		assertThat(this.sign.isCertain(TIMEOUT, true, LATER)).isTrue();
		assertThat(this.sign.isCertain(Duration.ofSeconds(1), true, SOON)).isTrue();
	}

	@Test
	void podThatBeginsAnewMustSeeItsSignForAWhile() {
		PodSign second = sign(true);
		second.seen(NOW);
		assertThat(second.isCertain(TIMEOUT, true, SOON)).isFalse();
		assertThat(second.isCertain(TIMEOUT, true, LATER)).isTrue();
	}

}
