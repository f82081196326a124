package io.agentsocket.connection.takeover;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts the messages and streams of the followers of a session, so that nothing of them
 * is taken twice, and records the messages for later owners. Runs in the peer's loop.
 */
final class RunnerMarks {

	private static final int MAX_FOLLOWERS = 64;

	/** In place of the number of the last message of a follower that is gone. */
	private static final long DEAD = Long.MAX_VALUE;

	private final CommitPipeline commits;

	/** Numbers of the messages that were taken. */
	private final Map<String, Long> latest = new LinkedHashMap<>(0);

	/** Numbers of the messages that were read. */
	private final Map<String, Long> received = new HashMap<>(0);

	/** Highest ids that followers have given to their own streams. */
	private final Map<String, Integer> opened = new HashMap<>(0);

	RunnerMarks(CommitPipeline commits) {
		this.commits = commits;
	}

	/** Whether a message of a follower was taken, or the follower has died. */
	boolean isKnown(String runner) {
		return this.latest.containsKey(runner);
	}

	boolean isDead(String runner) {
		return this.latest.getOrDefault(runner, 0L) == DEAD;
	}

	/**
	 * A follower is gone.
	 * @param known whether it matters to later owners
	 */
	void died(String runner, boolean known) {
		this.opened.remove(runner);
		if (known) {
			latest(runner, DEAD);
			received(runner, DEAD);
		}
	}

	/** Number of the last message of a follower that was read. */
	long last(String runner) {
		return this.received.getOrDefault(runner, this.latest.getOrDefault(runner, 0L));
	}

	/** A message of a follower was read. */
	void received(String runner, long number) {
		this.received.put(runner, number);
	}

	/** The frames of a message of a follower have numbers. */
	void settled(String runner, long number) {
		if (number > this.latest.getOrDefault(runner, 0L)) {
			latest(runner, number);
		}
	}

	/** The number of the last message of a follower; kept for the latest 64 of them. */
	void latest(String from, long number) {
		this.latest.remove(from);
		this.latest.put(from, number);
		if (this.latest.size() > MAX_FOLLOWERS) {
			String eldest = this.latest.keySet().iterator().next();
			this.latest.remove(eldest);
			this.received.remove(eldest);
			this.opened.remove(eldest);
			this.commits.remove(RecordKey.RUNNER.key(eldest));
		}
		this.commits.put(RecordKey.RUNNER.key(from), () -> new RecordFormat.Writer().number(number).take());
	}

	/** A follower has opened a stream. */
	void opened(String runner, int localId) {
		this.opened.merge(runner, localId, Math::max);
	}

	/**
	 * A follower opens a stream, unless the stream has ended already and a frame of it
	 * comes late.
	 * @return whether the stream is new
	 */
	boolean opens(String runner, int localId) {
		if (localId <= this.opened.getOrDefault(runner, 0)) {
			return false;
		}
		this.opened.put(runner, localId);
		return true;
	}

}
