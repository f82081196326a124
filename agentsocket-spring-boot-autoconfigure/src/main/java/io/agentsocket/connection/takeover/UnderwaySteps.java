package io.agentsocket.connection.takeover;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.agentsocket.connection.sequence.QueuedFrame;
import org.jspecify.annotations.Nullable;

/**
 * The steps that are on their way to the store, in their order. The outcome of a step
 * counts when those before it are stored. Runs in the peer's loop.
 */
final class UnderwaySteps {

	/**
	 * Steps that may be underway: with four, one is on each of the ways there and back,
	 * one in the store, and one begins.
	 */
	private static final int MAX = 4;

	private final ArrayDeque<UnderwayStep> steps = new ArrayDeque<>(2);

	boolean isEmpty() {
		return this.steps.isEmpty();
	}

	void add(UnderwayStep begun) {
		this.steps.add(begun);
	}

	/** Forgets all, whatever comes of them. */
	void clear() {
		this.steps.clear();
	}

	/** Whether a step is the one whose outcome counts next. */
	boolean isFirst(UnderwayStep step) {
		return this.steps.peek() == step;
	}

	boolean contains(UnderwayStep step) {
		return this.steps.contains(step);
	}

	/** The one whose outcome counts next; null when there is none. */
	@Nullable UnderwayStep oldest() {
		return this.steps.peek();
	}

	/** Number of the first one; 0 when there is none. */
	long first() {
		UnderwayStep first = this.steps.peek();
		return (first != null) ? first.commit().number() : 0;
	}

	/**
	 * Whether another step may begin: none is underway, or there is at least half as much
	 * to do for it as for the latest one, and no outcome is in doubt.
	 * @param weight how much there is to do for it
	 */
	boolean mayBegin(long weight) {
		UnderwayStep latest = this.steps.peekLast();
		if (latest == null) {
			return true;
		}
		return this.steps.size() < MAX && this.steps.stream().noneMatch(UnderwayStep::isInDoubt)
				&& 2 * weight >= latest.weight();
	}

	/** Bytes of the frames of this side. */
	long bytes() {
		long bytes = 0;
		for (UnderwayStep step : this.steps) {
			bytes += step.bytes();
		}
		return bytes;
	}

	long recordBytes() {
		long bytes = 0;
		for (UnderwayStep step : this.steps) {
			bytes += step.recordBytes();
		}
		return bytes;
	}

	/** Adds the keys of the records that change. */
	void addKeys(Set<String> keys) {
		for (UnderwayStep step : this.steps) {
			keys.addAll(step.commit().records().keySet());
			keys.addAll(step.commit().removed());
		}
	}

	/** A new log has begun: frames of all of them are void. */
	void outdate() {
		this.steps.forEach(UnderwayStep::outdate);
	}

	/** The frames that got a number in one of them, in order. */
	List<QueuedFrame> frames() {
		List<QueuedFrame> all = new ArrayList<>();
		this.steps.forEach((step) -> all.addAll(step.frames()));
		return all;
	}

	/**
	 * The store has a step, and with it all before, whose replies may be missing.
	 * @return the step that has to be sent again, since it came to the store ahead of the
	 * one before and had to fail; null when there is none
	 */
	@Nullable UnderwayStep stored(UnderwayStep step) {
		step.stored();
		UnderwayStep next = this.steps.peek();
		while (next != null && next.isStored()) {
			this.steps.remove();
			next = this.steps.peek();
		}
		return (next != null && next.isFailed() && step.commit().number() < next.commit().number()) ? next : null;
	}

}
