package io.agentsocket.tool.execution;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Counts running and waiting work in a {@link FairExecutor}, which guards it.
 */
final class ThreadShares {

	private final Map<String, ThreadUse.Share> tools = new HashMap<>();

	private int waiting;

	/**
	 * Count a change.
	 * @param action name of the action, or {@code null} for other work
	 * @param running how many more run
	 * @param waiting how many more wait
	 */
	void count(@Nullable String action, int running, int waiting) {
		this.waiting += waiting;
		if (action == null) {
			return;
		}
		ThreadUse.Share share = this.tools.getOrDefault(action, ThreadUse.Share.NONE).plus(running, waiting);
		if (share.isNone()) {
			this.tools.remove(action);
		}
		else {
			this.tools.put(action, share);
		}
	}

	ThreadUse use(int threads, int running) {
		return new ThreadUse(threads, running, this.waiting, Map.copyOf(this.tools));
	}

}
