package io.agentsocket.connection.takeover;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;
import io.agentsocket.session.StoredSession.LogEntry;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a session that the next step will have. Changes that cancel each other
 * out leave nothing, and neither do frames that the other side has confirmed before the
 * step begins. Runs in the peer's loop.
 */
final class StepDraft {

	/** Keys of the records that the store has, as of the latest step. */
	private final Set<String> stored = new HashSet<>();

	private ArrayDeque<LogEntry> appended = new ArrayDeque<>(2);

	/** The frames that got a number since the latest step began, in order. */
	private ArrayDeque<QueuedFrame> frames = new ArrayDeque<>(4);

	/** Highest number of these frames. */
	private long sent;

	private Map<String, Supplier<Bytes>> records = new HashMap<>(4);

	private Set<String> removed = new HashSet<>(2);

	private @Nullable String newLog;

	/** Bytes of all entries, and of frames that are passed on. */
	private int bytes;

	/** Bytes among them that are no frames of this side. */
	private int passed;

	/** Keys of records that the store has. */
	void restore(Set<String> keys) {
		this.stored.addAll(keys);
	}

	/** Bytes that are not in a step yet. */
	int bytes() {
		return this.bytes;
	}

	/** Bytes among them that are no frames of this side. */
	int passed() {
		return this.passed;
	}

	/** Number of records that are written. */
	int records() {
		return this.records.size();
	}

	/** How much there is to do for it, as that of an {@link UnderwayStep}. */
	long weight() {
		return this.bytes + (long) UnderwayStep.RECORD_WEIGHT * (this.records.size() + this.removed.size());
	}

	/** Whether records of the store are to be removed. */
	boolean removes() {
		return !this.removed.isEmpty();
	}

	/** A message with the frames of some numbers. */
	void append(long first, long last, Bytes message) {
		this.appended.add(new LogEntry(first, last, message));
		this.sent = last;
		this.bytes += message.length();
	}

	/** A frame got a number. */
	void add(QueuedFrame frame) {
		this.frames.add(frame);
	}

	/** Frames of the other side go to a runner. */
	void passOn(int length) {
		this.bytes += length;
		this.passed += length;
	}

	/** The other side has confirmed frames, which nobody will have to send again. */
	void acknowledge(long acknowledged) {
		LogEntry entry = this.appended.peek();
		if (entry == null || acknowledged < entry.last()) {
			return;
		}
		while (entry != null && entry.last() <= acknowledged) {
			this.bytes -= entry.frames().length();
			this.appended.remove();
			entry = this.appended.peek();
		}
		long held = (entry != null) ? this.sent - entry.first() + 1 : 0;
		while (this.frames.size() > held) {
			this.frames.remove();
		}
	}

	void put(String key, Supplier<Bytes> value) {
		this.removed.remove(key);
		this.records.put(key, value);
	}

	/**
	 * Removes a record.
	 * @return whether the store has it
	 */
	boolean remove(String key) {
		this.records.remove(key);
		boolean known = this.stored.contains(key);
		if (known) {
			this.removed.add(key);
		}
		return known;
	}

	/** Begins a new log: records of the log before are void, unless they outlive it. */
	void reset(String log, Predicate<String> outlives) {
		this.newLog = log;
		this.appended.clear();
		this.frames.clear();
		this.records.keySet().removeIf((key) -> !outlives.test(key));
		this.stored.stream().filter((key) -> !outlives.test(key)).forEach(this.removed::add);
	}

	/** Adds the keys of the records that change. */
	void addKeys(Set<String> keys) {
		keys.addAll(this.records.keySet());
		keys.addAll(this.removed);
	}

	/** The frames that got a number since the latest step began, in order. */
	List<QueuedFrame> frames() {
		return List.copyOf(this.frames);
	}

	/** Makes the step, and begins anew. */
	Commit take(long number, long received, long numbered, long acknowledged, long taken) {
		Map<String, Bytes> values = new HashMap<>(this.records.size() * 2);
		this.records.forEach((key, value) -> values.put(key, value.get()));
		Commit step = new Commit(number, received, numbered, acknowledged, List.copyOf(this.appended), values,
				this.removed, taken, this.newLog);
		this.stored.removeAll(this.removed);
		this.stored.addAll(values.keySet());
		this.appended = new ArrayDeque<>(2);
		this.frames = new ArrayDeque<>(4);
		this.records = new HashMap<>(4);
		this.removed = new HashSet<>(2);
		this.newLog = null;
		this.bytes = 0;
		this.passed = 0;
		return step;
	}

	/** Nothing waits any more. */
	void clear() {
		this.bytes = 0;
		this.passed = 0;
	}

}
