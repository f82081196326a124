package io.agentsocket.connection.takeover;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The runners of a session, one object for each, and the records that later owners need
 * of them. Runners are forgotten here and nowhere else. The latest of those that have
 * nothing to do are kept, so that no message of them is taken twice. Runs in the owner's
 * loop.
 */
final class Runners {

	/** Runners that are kept although they have nothing to do. */
	private static final int MAX_IDLE = 64;

	/** Runners that may have unconfirmed messages, of up to 1 MiB each. */
	static final int MAX_LANES = 64;

	private final CommitPipeline commits;

	/** By name; the one that was silent for longest is the first. */
	private final Map<String, Runner> byName = new LinkedHashMap<>(0);

	Runners(CommitPipeline commits) {
		this.commits = commits;
	}

	@Nullable Runner find(String name) {
		return this.byName.get(name);
	}

	/** The runner with a name, which is remembered from now on. */
	Runner get(String name) {
		Runner known = this.byName.get(name);
		if (known != null) {
			return known;
		}
		Runner created = new Runner(name);
		evict();
		this.byName.put(name, created);
		return created;
	}

	/** Makes room for one more. */
	private void evict() {
		Iterator<Runner> all = this.byName.values().iterator();
		while (this.byName.size() >= MAX_IDLE && all.hasNext()) {
			Runner runner = all.next();
			if (runner.isIdle()) {
				all.remove();
				if (runner.isRecorded()) {
					this.commits.remove(RecordKey.RUNNER.key(runner.name()));
				}
			}
		}
	}

	/** Bytes of the messages that runners have not confirmed. */
	long held() {
		long sum = 0;
		for (Runner runner : this.byName.values()) {
			sum += runner.lane().held();
		}
		return sum;
	}

	/** Takes note that something was sent to a runner, or came from it. */
	void active(Runner runner) {
		if (this.byName.remove(runner.name(), runner)) {
			this.byName.put(runner.name(), runner);
		}
	}

	/** All runners; the list stays as it is. */
	List<Runner> all() {
		return this.byName.isEmpty() ? List.of() : new ArrayList<>(this.byName.values());
	}

	/** Whether the owner has to notice when the pod of a runner is gone. */
	boolean areNeeded() {
		if (this.byName.isEmpty()) {
			return false;
		}
		for (Runner runner : this.byName.values()) {
			if (runner.isNeeded()) {
				return true;
			}
		}
		return false;
	}

	/** Names of the runners whose pods must be there. */
	Set<String> neededNames() {
		Set<String> names = new HashSet<>();
		for (Runner runner : this.byName.values()) {
			if (runner.isNeeded()) {
				names.add(runner.name());
			}
		}
		return names;
	}

	/** Sets the runners that have actions of the session, in place of those before. */
	void watch(Collection<String> names) {
		names.forEach((name) -> get(name).watch(true));
		this.byName.values().forEach((runner) -> runner.watch(names.contains(runner.name())));
	}

	/** Goes on with the messages of a runner that earlier owners have taken. */
	void restore(String name, Bytes record) {
		get(name).restore(new RecordFormat.Reader(record));
	}

	/**
	 * The frames of a message of a runner have numbers.
	 * @param number number of the message
	 * @param lastOpened highest id of a stream that the messages up to it have opened
	 */
	void taken(Runner runner, long number, int lastOpened) {
		if (runner.take(number, lastOpened)) {
			active(runner);
			record(runner);
		}
	}

	/**
	 * Gives a runner up: nothing of it counts any more, for this owner and for later
	 * ones.
	 */
	void giveUp(Runner runner) {
		if (runner.isGivenUp()) {
			runner.giveUp();
		}
		else if (runner.giveUp()) {
			active(runner);
			record(runner);
		}
		else {
			this.byName.remove(runner.name(), runner);
		}
	}

	private void record(Runner runner) {
		Bytes record = runner.record().take();
		this.commits.put(RecordKey.RUNNER.key(runner.name()), () -> record);
	}

	/**
	 * The runner to give up because too many have unconfirmed messages: the one that was
	 * silent for longest. Null when there are not too many.
	 */
	@Nullable Runner beyondLanes() {
		if (this.byName.size() <= MAX_LANES) {
			return null;
		}
		Runner eldest = null;
		int lanes = 0;
		for (Runner runner : this.byName.values()) {
			if (!runner.lane().isEmpty() && !runner.isLeaving()) {
				lanes++;
				eldest = (eldest != null) ? eldest : runner;
			}
		}
		return (lanes > MAX_LANES) ? eldest : null;
	}

	/** Forgets all: they have another owner. */
	void clear() {
		this.byName.clear();
	}

}
