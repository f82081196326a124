package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.session.FencedException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Commits that are on their way at the same time are applied in their order. The shared
 * connection keeps that order, but for one case: a Redis that has just been started does
 * not know the script, and what is sent again with its text comes too late for those
 * behind it. These wait for the ones before them then, and share their failure.
 */
final class CommitOrder {

	/** A commit that is on its way. */
	private static final class Running {

		private final long number;

		private final Sinks.Empty<Void> done = Sinks.empty();

		Running(long number) {
			this.number = number;
		}

	}

	private final Map<String, Running> latest = new ConcurrentHashMap<>();

	private final Scripts scripts;

	CommitOrder(Scripts scripts) {
		this.scripts = scripts;
	}

	Mono<Void> submit(String id, long number, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		Running mine = new Running(number);
		Running put = this.latest.put(id, mine);
		Running before = (put != null && put.number == number - 1) ? put : null;
		return this.scripts.numberIfKnown(SessionScripts.COMMIT, keys, arguments)
			.flatMap((reply) -> (reply >= 0) ? outcome(reply) : outOfTurn(before, reply, keys, arguments))
			.onErrorResume(Scripts::isUnknown, (error) -> inTurn(before, keys, arguments))
			.doOnError(mine.done::tryEmitError)
			.doFinally((signal) -> {
				this.latest.remove(id, mine);
				mine.done.tryEmitEmpty();
			});
	}

	private Mono<Void> outOfTurn(@Nullable Running before, long reply, List<ByteBuffer> keys,
			List<ByteBuffer> arguments) {
		return (before != null) ? inTurn(before, keys, arguments) : outcome(reply);
	}

	private Mono<Void> inTurn(@Nullable Running before, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		Mono<Long> run = Mono.defer(() -> this.scripts.number(SessionScripts.COMMIT, keys, arguments));
		return ((before != null) ? before.done.asMono().then(run) : run).flatMap(CommitOrder::outcome);
	}

	private static Mono<Void> outcome(long reply) {
		if (reply == 0) {
			return Mono.empty();
		}
		return Mono.error(new FencedException((reply > 0) ? reply - 1 : -reply));
	}

}
