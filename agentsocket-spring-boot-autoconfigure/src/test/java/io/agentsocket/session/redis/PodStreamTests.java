package io.agentsocket.session.redis;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.ReactiveStreamCommands;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * A stream of a pod whose read has no answer.
 */
class PodStreamTests {

	@Test
	@SuppressWarnings("unchecked")
	void readWhoseAnswerIsLostIsMadeAgain() throws InterruptedException {
		AtomicInteger reads = new AtomicInteger();
		ReactiveStreamCommands commands = mock(ReactiveStreamCommands.class);
		given(commands.xRead(any(StreamReadOptions.class), any(StreamOffset.class))).willAnswer((call) -> {
			reads.incrementAndGet();
			return Flux.never();
		});
		ReactiveRedisConnection connection = mock(ReactiveRedisConnection.class);
		given(connection.streamCommands()).willReturn(commands);
		given(connection.closeLater()).willReturn(Mono.empty());
		ReactiveRedisConnectionFactory factory = mock(ReactiveRedisConnectionFactory.class);
		given(factory.getReactiveConnection()).willReturn(connection);
		BlockingQueue<Throwable> outages = new LinkedBlockingQueue<>();
		PodStream stream = new PodStream(factory, Values.of("key"), outages::add, Duration.ofMillis(10));
		Disposable reading = stream.messages().subscribe();
		try {
			assertThat(outages.poll(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
			Await.until(() -> reads.get() > 1);
		}
		finally {
			reading.dispose();
		}
	}

}
