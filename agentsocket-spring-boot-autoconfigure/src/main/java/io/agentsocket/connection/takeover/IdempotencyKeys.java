package io.agentsocket.connection.takeover;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency keys that the other side has used in this session, with the outcomes of
 * their calls: those of calls that run, the latest 1,024 of all, and 256 KiB of results.
 * A call that is repeated does not run twice. Implements section 27 of
 * {@code docs/protocol.md}.
 */
public final class IdempotencyKeys {

	/** Keys that are kept: as many as calls may be open at a time. */
	private static final int MAX = 1024;

	/** Bytes of results that are kept: as much as the window of a session. */
	private static final int MAX_BYTES = 256 * 1024;

	/** A result above this size is not kept. */
	private static final int MAX_RESULT = 16 * 1024;

	/** A key beside its result: the key, an outcome, an entry in a map. */
	private static final int KEY = 256;

	/**
	 * Outcome of a call.
	 *
	 * @param action its action
	 * @param result the one frame that it was answered with, or {@code null} when it runs
	 * or its result is not kept
	 */
	public record Outcome(String action, @Nullable Frame result) {

		private int size() {
			return (this.result != null) ? FrameWriter.bound(this.result) : 0;
		}

		/** The form in which the store keeps it. */
		Bytes pack(long order) {
			RecordFormat.Writer writer = new RecordFormat.Writer().number(order).text(this.action);
			if (this.result != null) {
				writer.frame(this.result);
			}
			return writer.take();
		}

	}

	private final LinkedHashMap<String, Outcome> known = new LinkedHashMap<>(0);

	private int bytes;

	/**
	 * The outcome of the call with a key; null when the key was not used, or is
	 * forgotten.
	 */
	public @Nullable Outcome find(String key) {
		return this.known.get(key);
	}

	/** Bytes of the heap that the keys and their results take. */
	long held() {
		return this.bytes + (long) KEY * this.known.size();
	}

	/** Forgets a key. */
	public void remove(String key) {
		Outcome before = this.known.remove(key);
		if (before != null) {
			this.bytes -= before.size();
		}
	}

	/** Takes note of a call that runs from now on. */
	public void add(String key, String action, Eviction eviction) {
		put(key, new Outcome(action, null), eviction);
	}

	/**
	 * Takes note of a result.
	 * @return the kept record
	 */
	public Outcome done(String key, String action, @Nullable Frame result, Eviction eviction) {
		boolean kept = result != null && FrameWriter.bound(result) <= MAX_RESULT;
		Outcome outcome = new Outcome(action, kept ? result : null);
		put(key, outcome, eviction);
		return outcome;
	}

	/**
	 * Keeps the outcome of the call with a key. Results beyond the bytes are forgotten,
	 * the oldest first, and their keys are not: such calls do not run again. The key of a
	 * call that runs is never forgotten.
	 * @param eviction asked which calls run, and told of what had to be forgotten
	 */
	public void put(String key, Outcome outcome, Eviction eviction) {
		remove(key);
		this.known.put(key, outcome);
		this.bytes += outcome.size();
		if (this.bytes > MAX_BYTES) {
			forgetResults(eviction);
		}
		if (this.known.size() > MAX) {
			forgetKeys(key, eviction);
		}
	}

	private void forgetResults(Eviction eviction) {
		Iterator<Map.Entry<String, Outcome>> eldest = this.known.entrySet().iterator();
		while (this.bytes > MAX_BYTES) {
			Map.Entry<String, Outcome> entry = eldest.next();
			Outcome before = entry.getValue();
			if (before.result() != null) {
				this.bytes -= before.size();
				entry.setValue(new Outcome(before.action(), null));
				eviction.resultForgotten(entry.getKey(), entry.getValue());
			}
		}
	}

	private void forgetKeys(String latest, Eviction eviction) {
		Iterator<Map.Entry<String, Outcome>> eldest = this.known.entrySet().iterator();
		while (this.known.size() > MAX && eldest.hasNext()) {
			Map.Entry<String, Outcome> entry = eldest.next();
			if (!entry.getKey().equals(latest) && !eviction.isRunning(entry.getKey())) {
				this.bytes -= entry.getValue().size();
				eldest.remove();
				eviction.forgotten(entry.getKey());
			}
		}
	}

	/** Decides with these keys what is forgotten when there is no room. */
	public interface Eviction {

		/** Whether the call with a key is not answered yet. */
		boolean isRunning(String key);

		/** A key is forgotten. */
		void forgotten(String key);

		/** The result of a call is forgotten, and its key is not. */
		void resultForgotten(String key, Outcome outcome);

	}

}
