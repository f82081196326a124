package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import io.netty.channel.EventLoop;
import reactor.core.publisher.Mono;

/**
 * A connection to Redis on an event loop. The scripts of one turn of the event loop, of
 * whatever sessions, leave in one write, in the order in which they were subscribed to.
 * Confined to the event loop, from which it is subscribed to and which runs all that
 * follows from the replies.
 */
final class LoopConnection {

	private final EventLoop loop;

	private final StatefulRedisConnection<byte[], byte[]> connection;

	/** The commands of this turn. */
	private List<RedisCommand<byte[], byte[], ?>> turn = new ArrayList<>();

	LoopConnection(EventLoop loop, StatefulRedisConnection<byte[], byte[]> connection) {
		this.loop = loop;
		this.connection = connection;
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
		if (this.turn.size() == 1) {
			// Behind what the event loop has read and will do in this turn.
			this.loop.execute(this::flush);
		}
	}

	private void flush() {
		List<RedisCommand<byte[], byte[], ?>> all = this.turn;
		this.turn = new ArrayList<>();
		try {
			this.connection.dispatch(all);
		}
		catch (RuntimeException ex) {
			all.forEach((command) -> command.completeExceptionally(ex));
		}
	}

}
