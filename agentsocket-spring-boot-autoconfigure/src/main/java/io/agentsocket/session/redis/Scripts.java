package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.util.List;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.ReturnType;

/**
 * Runs scripts, most of them by their digest. Runs on one connection reach Redis in the
 * order in which they were subscribed to: that of the factory, which all share, or that
 * of the present event loop where it is said so.
 */
final class Scripts {

	private final ReactiveRedisConnectionFactory factory;

	private final @Nullable LoopConnections loops;

	Scripts(ReactiveRedisConnectionFactory factory) {
		this(factory, null);
	}

	Scripts(ReactiveRedisConnectionFactory factory, @Nullable LoopConnections loops) {
		this.factory = factory;
		this.loops = loops;
	}

	/** A script that replies with a number. */
	Mono<Long> number(Script script, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		return this.<Long>run(script, ReturnType.INTEGER, keys, arguments).next();
	}

	/** A script that replies with a list without empty elements. */
	Mono<List<Object>> list(Script script, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		return run(script, ReturnType.MULTI, keys, arguments).next().map(Values::list);
	}

	/**
	 * A short script, sent whole each time. By its digest a run that Redis does not know
	 * yet would be repeated after later ones; these stay in order.
	 */
	Mono<Long> numberInOrder(Script script, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		ByteBuffer[] all = all(keys, arguments);
		return Flux
			.usingWhen(GuardedConnections.connection(this.factory),
					(connection) -> connection.scriptingCommands()
						.<Long>eval(script.bytes(), ReturnType.INTEGER, keys.size(), all),
					ReactiveRedisConnection::closeLater)
			.next();
	}

	/**
	 * A run that fails when Redis does not know the script yet, so that the caller can
	 * decide when it is sent. On an event loop with a connection of its own it leaves
	 * there, together with all others of this turn.
	 */
	Mono<Long> numberIfKnown(Script script, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		LoopConnection here = (this.loops != null) ? this.loops.here() : null;
		if (here != null) {
			return here.number(script, keys, arguments);
		}
		ByteBuffer[] all = all(keys, arguments);
		return Flux
			.usingWhen(GuardedConnections.connection(this.factory),
					(connection) -> connection.scriptingCommands()
						.<Long>evalSha(script.digest(), ReturnType.INTEGER, keys.size(), all),
					ReactiveRedisConnection::closeLater)
			.next();
	}

	private <T> Flux<T> run(Script script, ReturnType type, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		ByteBuffer[] all = all(keys, arguments);
		return Flux.usingWhen(GuardedConnections.connection(this.factory),
				(connection) -> connection.scriptingCommands()
					.<T>evalSha(script.digest(), type, keys.size(), all)
					.onErrorResume(Scripts::isUnknown,
							(error) -> connection.scriptingCommands().eval(script.bytes(), type, keys.size(), all)),
				ReactiveRedisConnection::closeLater);
	}

	private static ByteBuffer[] all(List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		ByteBuffer[] all = new ByteBuffer[keys.size() + arguments.size()];
		int i = 0;
		for (ByteBuffer key : keys) {
			all[i++] = key;
		}
		for (ByteBuffer argument : arguments) {
			all[i++] = argument;
		}
		return all;
	}

	/** Whether Redis has not seen the script since it was started. */
	static boolean isUnknown(Throwable error) {
		for (Throwable cause = error; cause != null; cause = cause.getCause()) {
			String message = cause.getMessage();
			if (message != null && message.contains("NOSCRIPT")) {
				return true;
			}
		}
		return false;
	}

}
