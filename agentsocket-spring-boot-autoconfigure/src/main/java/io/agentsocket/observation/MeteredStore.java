package io.agentsocket.observation;

import java.time.Duration;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Claim;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Times the steps of a store, by operation and outcome. A step begins when it is
 * subscribed to, and in the same order as without this. Thread-safe.
 */
@Internal
public final class MeteredStore implements SessionStore {

	/** Name of the timer. */
	public static final String NAME = "agentsocket.store";

	private final SessionStore store;

	private final Steps open;

	private final Steps claim;

	private final Steps invalidate;

	private final Steps commit;

	private final Steps keep;

	private final Steps find;

	private final Steps end;

	private final Steps push;

	private final Steps pull;

	/**
	 * Create a store.
	 * @param store does the work
	 * @param registry has the timers
	 */
	public MeteredStore(SessionStore store, MeterRegistry registry) {
		this.store = store;
		this.open = new Steps(registry, "open");
		this.claim = new Steps(registry, "claim");
		this.invalidate = new Steps(registry, "invalidate");
		this.commit = new Steps(registry, "commit");
		this.keep = new Steps(registry, "keep");
		this.find = new Steps(registry, "find");
		this.end = new Steps(registry, "end");
		this.push = new Steps(registry, "push");
		this.pull = new Steps(registry, "pull");
	}

	@Override
	public boolean isShared() {
		return this.store.isShared();
	}

	@Override
	public Mono<Void> open(SessionState state, String owner, String tokenHash, Duration ttl) {
		return this.open.timed(this.store.open(state, owner, tokenHash, ttl));
	}

	@Override
	public Mono<Claim> claim(String id, ClaimRequest request, String owner, String candidate, Duration ttl) {
		return this.claim.timed(this.store.claim(id, request, owner, candidate, ttl));
	}

	@Override
	public Mono<Void> invalidatePreviousToken(String id, long epoch) {
		return this.invalidate.timed(this.store.invalidatePreviousToken(id, epoch));
	}

	@Override
	public Mono<Void> commit(String id, String owner, Commit commit) {
		return this.commit.timed(this.store.commit(id, owner, commit));
	}

	@Override
	public Mono<Void> keep(String id, String owner, Duration ttl) {
		return this.keep.timed(this.store.keep(id, owner, ttl));
	}

	@Override
	public Mono<SessionState> find(String id) {
		return this.find.timed(this.store.find(id));
	}

	@Override
	public Mono<String> owner(String id) {
		return this.find.timed(this.store.owner(id));
	}

	@Override
	public Mono<Bytes> record(String id, String key) {
		return this.find.timed(this.store.record(id, key));
	}

	@Override
	public Mono<Void> end(String id) {
		return this.end.timed(this.store.end(id));
	}

	@Override
	public Mono<Void> end(String id, String owner, long epoch) {
		return this.end.timed(this.store.end(id, owner, epoch));
	}

	@Override
	public Mono<String> push(String id, Bytes message) {
		return this.push.timed(this.store.push(id, message));
	}

	@Override
	public Mono<Inbox> pull(String id, String owner, long read) {
		return this.pull.timed(this.store.pull(id, owner, read));
	}

	@Override
	public Flux<String> sessions(String principal) {
		return this.store.sessions(principal);
	}

	/** The steps of one operation. */
	private static final class Steps {

		private final Timer done;

		private final Timer fenced;

		private final Timer failed;

		Steps(MeterRegistry registry, String operation) {
			this.done = timer(registry, operation, "done");
			this.fenced = timer(registry, operation, "fenced");
			this.failed = timer(registry, operation, "failed");
		}

		private static Timer timer(MeterRegistry registry, String operation, String outcome) {
			return Timer.builder(NAME)
				.tags("operation", operation, "outcome", outcome)
				.description("Steps of the session store")
				.register(registry);
		}

		<T> Mono<T> timed(Mono<T> step) {
			return Mono.defer(() -> {
				long begin = System.nanoTime();
				return step.doOnSuccess((value) -> record(this.done, begin))
					.doOnError(
							(error) -> record((error instanceof FencedException) ? this.fenced : this.failed, begin));
			});
		}

		private static void record(Timer timer, long begin) {
			timer.record(Duration.ofNanos(System.nanoTime() - begin));
		}

	}

}
