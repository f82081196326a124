package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.stream.ByteBufferRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.RecordId;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;

/**
 * The stream that a pod reads.
 */
final class PodStream {

	/** Field of a record with the message. */
	static final String MESSAGE = "m";

	/** Field with the name under which the sender counts its messages. */
	static final String SENDER = "s";

	/** Field with the number of the message among those of the sender. */
	static final String NUMBER = "n";

	private static final Log logger = PrintableLog.of(PodStream.class);

	private static final Duration LONGEST_BLOCK = Duration.ofSeconds(1);

	/**
	 * Time in which Redis has answered, or the connection is made anew: this pod is deaf
	 * meanwhile. Lettuce may stop to read from a connection while a reply of several
	 * messages is handed out. It is as long as the step of a session is waited for, and a
	 * read that is made again for want of patience loses nothing.
	 */
	private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

	/** Messages that are read at once, of a backlog of small ones. */
	private static final int LARGEST_BATCH = 256;

	/** Messages that are read at once, however large the latest were. */
	private static final int SMALLEST_BATCH = 8;

	/** Bytes that a read should not exceed: nobody else counts them. */
	private static final int BATCH_BYTES = 4 * 1024 * 1024;

	private final ReactiveRedisConnectionFactory factory;

	private final Scripts scripts;

	private final ByteBuffer key;

	private final Consumer<Throwable> outage;

	private final RepeatedMessages repeated = new RepeatedMessages();

	private volatile Position position = Position.START;

	private volatile int batch = SMALLEST_BATCH;

	private final Duration patience;

	PodStream(ReactiveRedisConnectionFactory factory, ByteBuffer key, Consumer<Throwable> outage) {
		this(factory, key, outage, LONGEST_ANSWER);
	}

	PodStream(ReactiveRedisConnectionFactory factory, ByteBuffer key, Consumer<Throwable> outage, Duration patience) {
		this.patience = patience;
		this.factory = factory;
		this.scripts = new Scripts(factory);
		this.key = key;
		this.outage = outage;
	}

	/**
	 * See that the stream is there for a time from now on, and that no message is left
	 * behind. After a failover the clock may be behind the messages that were read before
	 * it. The reply to the call that made the stream anew may be lost, or come before
	 * that of a read of the stream before it: so each call looks for messages that the
	 * reader has passed. Where they are only not deleted yet, to begin anew repeats
	 * nothing: the next read comes after that.
	 */
	Mono<Void> keep(Duration ttl) {
		return Mono
			.defer(() -> this.scripts.list(PodScripts.KEEP_STREAM, List.of(this.key),
					List.of(Values.of(ttl.toMillis()), Values.of(this.position.toString()))))
			.filter((reply) -> !reply.isEmpty())
			.doOnNext((reply) -> back(Position.of(Values.text(reply.get(0)))))
			.then();
	}

	private synchronized void back(Position unread) {
		if (this.position.compareTo(unread) > 0) {
			this.position = unread;
		}
	}

	private synchronized void read(Position from, Position last) {
		if (this.position.equals(from)) {
			this.position = last;
		}
	}

	Mono<Void> delete() {
		return Flux
			.usingWhen(GuardedConnections.connection(this.factory),
					(connection) -> connection.keyCommands().del(this.key), ReactiveRedisConnection::closeLater)
			.then();
	}

	/** All messages; never ends and never fails. */
	Flux<PodMessage> messages() {
		return Flux
			.usingWhen(GuardedConnections.connection(this.factory),
					(connection) -> Flux.defer(() -> batch(connection)).repeat(), ReactiveRedisConnection::closeLater)
			.retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100))
				.maxBackoff(Duration.ofSeconds(2))
				.transientErrors(true)
				.doBeforeRetry((signal) -> this.outage.accept(signal.failure())));
	}

	@SuppressWarnings("unchecked")
	private Flux<PodMessage> batch(ReactiveRedisConnection connection) {
		Position from = this.position;
		return connection.streamCommands()
			.xRead(StreamReadOptions.empty().block(block()).count(this.batch),
					StreamOffset.create(this.key, ReadOffset.from(from.toString())))
			.collectList()
			// Also when the answer was lost to an Error: this pod would be deaf for ever.
			.timeout(block().plus(this.patience))
			.doOnNext((records) -> this.batch = nextBatch(records))
			.flatMapMany((records) -> records.isEmpty() ? Flux.empty() : taken(connection, from, records));
	}

	/**
	 * How many messages are read next: at most twice as many as there were now, and no
	 * more than there is room for when they are as large.
	 */
	private static int nextBatch(List<ByteBufferRecord> records) {
		long bytes = 1;
		for (ByteBufferRecord record : records) {
			for (ByteBuffer value : record.getValue().values()) {
				bytes += value.remaining();
			}
		}
		long fit = (long) BATCH_BYTES * records.size() / bytes;
		return (int) Math.max(SMALLEST_BATCH, Math.min(LARGEST_BATCH, Math.min(2L * records.size(), fit)));
	}

	private Flux<PodMessage> taken(ReactiveRedisConnection connection, Position from, List<ByteBufferRecord> records) {
		Position last = Position.of(records.get(records.size() - 1).getId().getValue());
		read(from, last);
		Mono<Long> trim = connection.streamCommands()
			.xDel(this.key, records.stream().map(ByteBufferRecord::getId).toArray(RecordId[]::new))
			.onErrorComplete();
		return Flux.fromIterable(records).<PodMessage>handle((record, sink) -> {
			try {
				Map<String, ByteBuffer> fields = new HashMap<>();
				record.getValue().forEach((name, value) -> fields.put(Values.text(name), value));
				ByteBuffer message = fields.get(MESSAGE);
				if (message != null && !isRepeated(fields.get(SENDER), fields.get(NUMBER))) {
					sink.next(PodMessages.decode(message));
				}
			}
			catch (IllegalArgumentException ex) {
				// Pods of a later version may say more.
				logger.debug("A message that is not understood was left out", ex);
			}
			catch (Throwable ex) {
				// The next message comes, whatever is wrong with this one.
				logger.error("A message of another pod was left out", ex);
			}
		}).concatWith(trim.then(Mono.empty()));
	}

	private boolean isRepeated(@Nullable ByteBuffer sender, @Nullable ByteBuffer number) {
		return sender != null && number != null && this.repeated.isRepeated(Values.text(sender), Values.number(number));
	}

	/** A command that blocks for longer than the timeout of commands would fail. */
	private Duration block() {
		long millis = LONGEST_BLOCK.toMillis();
		if (GuardedConnections.unwrap(this.factory) instanceof LettuceConnectionFactory lettuce
				&& lettuce.getTimeout() > 0) {
			millis = Math.min(millis, Math.max(1, lettuce.getTimeout() / 2));
		}
		return Duration.ofMillis(millis);
	}

	/**
	 * A place in a stream.
	 *
	 * @param millis first part of its id
	 * @param number second part of its id
	 */
	private record Position(long millis, long number) implements Comparable<Position> {

		private static final Position START = new Position(0, 0);

		private static Position of(String id) {
			int dash = id.indexOf('-');
			return new Position(Long.parseLong(id.substring(0, dash)), Long.parseLong(id.substring(dash + 1)));
		}

		@Override
		public int compareTo(Position other) {
			return (this.millis != other.millis) ? Long.compare(this.millis, other.millis)
					: Long.compare(this.number, other.number);
		}

		@Override
		public String toString() {
			return this.millis + "-" + this.number;
		}

	}

}
