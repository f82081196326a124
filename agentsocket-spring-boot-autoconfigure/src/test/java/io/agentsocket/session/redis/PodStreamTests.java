package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
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
import org.springframework.data.redis.connection.stream.ByteBufferRecord;
import org.springframework.data.redis.connection.stream.RecordId;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;
import org.springframework.data.redis.connection.stream.StreamRecords;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * The reads of a pod's stream.
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
		ReactiveRedisConnectionFactory factory = factory(commands);
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

	private static ReactiveRedisConnectionFactory factory(ReactiveStreamCommands commands) {
		ReactiveRedisConnection connection = mock(ReactiveRedisConnection.class);
		given(connection.streamCommands()).willReturn(commands);
		given(connection.closeLater()).willReturn(Mono.empty());
		ReactiveRedisConnectionFactory factory = mock(ReactiveRedisConnectionFactory.class);
		given(factory.getReactiveConnection()).willReturn(connection);
		return factory;
	}

	/** Messages between pods may have more than a MiB, and a backlog many of them. */
	@Test
	@SuppressWarnings("unchecked")
	void fewLargeMessagesAreReadAtOnceAndManySmallOnes() {
		int[] sizes = { 10, 10, 10, 10, 10, 10, 64 * 1024, 64 * 1024, 1024 * 1024, 10, 10 };
		List<Long> counts = new CopyOnWriteArrayList<>();
		ReactiveStreamCommands commands = mock(ReactiveStreamCommands.class);
		given(commands.xDel(any(ByteBuffer.class), any(RecordId[].class))).willReturn(Mono.just(1L));
		given(commands.xRead(any(StreamReadOptions.class), any(StreamOffset.class))).willAnswer((call) -> {
			Long count = call.<StreamReadOptions>getArgument(0).getCount();
			int read = counts.size();
			counts.add(count);
			if (read == sizes.length) {
				return Flux.never();
			}
			ByteBuffer message = ByteBuffer.allocate(sizes[read]);
			return Flux.range(1, count.intValue()).map((number) -> record(read, number, message));
		});
		PodStream stream = new PodStream(factory(commands), Values.of("key"), (error) -> {
		}, Await.LONG);
		Disposable reading = stream.messages().subscribe();
		try {
			Await.until(() -> counts.size() > sizes.length);
			assertThat(counts).containsExactly(8L, 16L, 32L, 64L, 128L, 256L, 256L, 63L, 63L, 8L, 16L, 32L);
		}
		finally {
			reading.dispose();
		}
	}

	private static ByteBufferRecord record(int read, int number, ByteBuffer message) {
		return StreamRecords.newRecord()
			.in(Values.of("key"))
			.withId(RecordId.of(read + 1, number))
			.ofBuffer(Map.of(Values.of("left out"), message));
	}

}
