package io.agentsocket.connection.takeover;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

import io.agentsocket.connection.takeover.IdempotencyKeys.Outcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency keys of a session, recorded in their order, so that another owner has
 * the same. Runs in the peer's loop.
 */
final class RecordedKeys implements IdempotencyKeys.Eviction {

	private final RecordedCalls calls;

	private @Nullable IdempotencyKeys keys;

	private @Nullable CommitPipeline commits;

	private long order;

	/**
	 * Create keys, none so far.
	 * @param calls the calls that run
	 */
	RecordedKeys(RecordedCalls calls) {
		this.calls = calls;
	}

	/** Begins to record. */
	void open(CommitPipeline created) {
		this.commits = created;
	}

	/** Stops recording. */
	void close() {
		this.commits = null;
	}

	/** The outcome of the call with a key; null when the key was not used. */
	@Nullable Outcome find(String key) {
		return (this.keys != null) ? this.keys.find(key) : null;
	}

	/** Bytes of the heap that they take. */
	long held() {
		return (this.keys != null) ? this.keys.held() : 0;
	}

	/** A call runs from now on. */
	void add(String key, String action) {
		keys().add(key, action, this);
		put(key, new Outcome(action, null));
	}

	/** A call was answered with one frame, or with more, which are not kept. */
	void answered(String key, String action, @Nullable Frame result) {
		put(key, keys().done(key, action, result, this));
	}

	/** Forgets the key of a call that did not run: the call may be made again. */
	void forget(String key) {
		keys().remove(key);
		forgotten(key);
	}

	/** Forgets all: another session begins. */
	void clear() {
		this.keys = null;
	}

	/** Takes over what another owner has recorded. */
	void restore(Map<String, Bytes> records) {
		Map<Long, String> sorted = new TreeMap<>();
		Map<String, Outcome> outcomes = new HashMap<>();
		records.forEach((key, value) -> {
			if (RecordKey.IDEMPOTENCY_KEY.isOf(key)) {
				RecordFormat.Reader reader = new RecordFormat.Reader(value);
				sorted.put(reader.number(), RecordKey.rest(key));
				String action = reader.text();
				outcomes.put(RecordKey.rest(key), new Outcome(action, reader.hasMore() ? reader.frame() : null));
			}
		});
		sorted.forEach((number, key) -> {
			Outcome outcome = outcomes.get(key);
			if (outcome != null) {
				keys().put(key, outcome, this);
			}
			this.order = number + 1;
		});
	}

	private IdempotencyKeys keys() {
		IdempotencyKeys present = (this.keys != null) ? this.keys : new IdempotencyKeys();
		this.keys = present;
		return present;
	}

	private void put(String key, Outcome outcome) {
		if (this.commits != null) {
			long number = this.order++;
			this.commits.put(RecordKey.IDEMPOTENCY_KEY.key(key), () -> outcome.pack(number));
		}
	}

	@Override
	public boolean isRunning(String key) {
		return this.calls.isRunning(key);
	}

	@Override
	public void resultForgotten(String key, Outcome outcome) {
		put(key, outcome);
	}

	@Override
	public void forgotten(String key) {
		if (this.commits != null) {
			this.commits.remove(RecordKey.IDEMPOTENCY_KEY.key(key));
		}
	}

}
