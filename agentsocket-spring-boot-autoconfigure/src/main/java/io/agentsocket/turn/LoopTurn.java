package io.agentsocket.turn;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A turn of a loop on the present thread. Tasks that all calls of a turn share run once,
 * at its end. Confined to its thread.
 */
public final class LoopTurn {

	private static final ThreadLocal<LoopTurn> PRESENT = ThreadLocal.withInitial(LoopTurn::new);

	private final List<Runnable> ends = new ArrayList<>(2);

	/** Loops that run on this thread, one within the other. */
	private int depth;

	private LoopTurn() {
	}

	/** The turn of this thread, or {@code null} when it runs no loop. */
	public static @Nullable LoopTurn present() {
		LoopTurn turn = PRESENT.get();
		return (turn.depth > 0) ? turn : null;
	}

	/**
	 * Begin a turn.
	 * @return the turn, on which {@link #end()} must be called
	 */
	public static LoopTurn begin() {
		LoopTurn turn = PRESENT.get();
		turn.depth++;
		return turn;
	}

	/**
	 * Run a task at the end of the turn, once for as often as it was given.
	 * @param task fails with no exception
	 */
	public void atEnd(Runnable task) {
		if (!this.ends.contains(task)) {
			this.ends.add(task);
		}
	}

	/** Run the tasks for the end of the turn now. */
	public void settle() {
		while (!this.ends.isEmpty()) {
			this.ends.remove(this.ends.size() - 1).run();
		}
	}

	/** End the turn. */
	public void end() {
		this.depth--;
		settle();
	}

}
