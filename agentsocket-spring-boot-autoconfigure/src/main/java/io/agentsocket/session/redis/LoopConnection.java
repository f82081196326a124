package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.agentsocket.log.PrintableLog;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import io.netty.channel.EventLoop;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;

/**
 * A connection to Redis on an event loop. The scripts of one turn of the event loop, of
 * whatever sessions, leave in one write, in the order in which they were subscribed to.
 * When the connection breaks, or nothing is answered for long, all that waits fails: it
 * is never sent again here. Confined to the event loop, from which it is subscribed to
 * and which runs all that follows from the replies.
 */
final class LoopConnection {

	private static final Log logger = PrintableLog.of(LoopConnection.class);

	private final EventLoop loop;

	private final StatefulRedisConnection<byte[], byte[]> connection;

	private final Duration patience;

	/** The commands of this turn. */
	private List<RedisCommand<byte[], byte[], ?>> turn = new ArrayList<>();

	/** Commands so far. */
	private long sent;

	/** Commands among them whose outcome is known. */
	private long answered;

	/** The value of {@link #answered} at the latest look. */
	private long looked;

	/** Whether there will be a look. */
	private boolean watched;

	/**
	 * Use a connection.
	 * @param connection does not connect again by itself
	 * @param patience time without an answer after which it is closed: a timer of the
	 * connection does for all commands
	 */
	LoopConnection(EventLoop loop, StatefulRedisConnection<byte[], byte[]> connection, Duration patience) {
		this.loop = loop;
		this.connection = connection;
		this.patience = patience;
	}

	/** Whether Redis is there at the other end; from any thread. */
	boolean isOpen() {
		return this.connection.isOpen();
	}

	/** A script that replies with a number, and fails when Redis does not know it yet. */
	Mono<Long> number(Script script, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		return Mono.create((sink) -> {
			AsyncCommand<byte[], byte[], Long> command = new AsyncCommand<>(new Command<>(CommandType.EVALSHA,
					new IntegerOutput<>(ByteArrayCodec.INSTANCE), new ScriptArguments(script, keys, arguments)));
			command.onComplete((reply, error) -> {
				this.answered++;
				if (error != null) {
					sink.error(error);
				}
				else {
					sink.success(reply);
				}
			});
			submit(command);
		});
	}

	private void submit(RedisCommand<byte[], byte[], ?> command) {
		this.turn.add(command);
		this.sent++;
		if (this.turn.size() == 1) {
			// Behind all that the event loop has read and will do in this turn.
			this.loop.execute(this::flush);
		}
		if (!this.watched) {
			watch();
		}
	}

	private void flush() {
		List<RedisCommand<byte[], byte[], ?>> all = this.turn;
		this.turn = new ArrayList<>();
		try {
			this.connection.dispatch(all);
		}
		catch (Throwable ex) {
			// An Error as well: sessions wait for their steps.
			all.forEach((command) -> command.completeExceptionally(ex));
		}
	}

	private void watch() {
		this.watched = true;
		this.looked = this.answered;
		this.loop.schedule(this::look, this.patience.toNanos(), TimeUnit.NANOSECONDS);
	}

	/** The timer ends with the first look that finds nothing underway. */
	private void look() {
		this.watched = false;
		if (this.answered == this.sent || !isOpen()) {
			return;
		}
		if (this.answered > this.looked) {
			watch();
			return;
		}
		logger.info("A connection to Redis is closed, since it has not answered for " + this.patience.toMillis()
				+ " ms. Steps take another one");
		this.connection.closeAsync();
	}

}
