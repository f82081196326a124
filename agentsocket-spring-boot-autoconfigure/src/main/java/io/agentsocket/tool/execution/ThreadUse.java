package io.agentsocket.tool.execution;

import java.util.Map;

import io.agentsocket.annotation.Internal;

/**
 * How the threads of blocking tools are used at one moment: what takes them, and what
 * waits for them.
 *
 * @param threads how many there are, 0 when nothing waits for them
 * @param running threads that are taken, those of listeners to events included
 * @param waiting tasks that wait for a thread
 * @param tools the same by action, without those that have neither
 */
@Internal
public record ThreadUse(int threads, int running, int waiting, Map<String, Share> tools) {

	/** Every call has a thread at once. */
	public static final ThreadUse NONE = new ThreadUse(0, 0, 0, Map.of());

	/**
	 * The share of one action.
	 *
	 * @param running its calls that have a thread
	 * @param waiting its calls that wait for one
	 */
	@Internal
	public record Share(int running, int waiting) {

		static final Share NONE = new Share(0, 0);

		Share plus(int running, int waiting) {
			return new Share(this.running + running, this.waiting + waiting);
		}

		boolean isNone() {
			return this.running == 0 && this.waiting == 0;
		}

	}

	/**
	 * The share of an action.
	 * @param action name of the action
	 * @return its share, of nothing for one that takes none
	 */
	public Share of(String action) {
		return this.tools.getOrDefault(action, Share.NONE);
	}

}
