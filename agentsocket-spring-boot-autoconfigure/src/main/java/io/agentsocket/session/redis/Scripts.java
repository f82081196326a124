package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.ReturnType;

/**
 * Runs scripts by their digest. All runs share the connection of the factory, so they
 * reach Redis in the order in which they were subscribed to.
 */
final class Scripts {

	private final ReactiveRedisConnectionFactory factory;

	Scripts(ReactiveRedisConnectionFactory factory) {
		this.factory = factory;
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
	 * A run that fails when Redis does not know the script yet, so that the caller can
	 * decide when it is sent.
	 */
	Mono<Long> numberIfKnown(Script script, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
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
