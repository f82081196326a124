package io.agentsocket.connection.takeover;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.PodMessage;

/**
 * The owner's side of calls and actions in other pods: tells runners who owns the session
 * and which streams they have, reads their messages in the inbox, and gives up runners
 * that are gone. {@link RunnerLanes} brings frames to them, {@link RunnerFrames} takes
 * theirs. Runs in the owner's loop.
 */
final class RemoteRunners implements InboxReader.Taker {

	/** Hears the requests of runners, and which of them are gone. */
	interface Listener extends RunnerFrames.Listener {

		/** All that a gone runner has left in the inbox is taken. */
		void drained(Runner runner);

	}

	/** Body of ENDED to a runner that goes on although it was given up. */
	private static final Bytes GIVEN_UP = Bytes.of(new byte[] { 1 });

	private final PeerStorage storage;

	private final CommitPipeline commits;

	private final Listener listener;

	private final Runners runners;

	private final RunnerLanes lanes;

	private final RemoteStreams streams;

	private final RunnerFrames frames;

	private final InboxReader inbox;

	private boolean closed;

	RemoteRunners(StreamContext context, PeerState state, PeerStorage storage, CommitPipeline commits,
			Listener listener) {
		this.listener = listener;
		this.storage = storage;
		this.commits = commits;
		this.runners = new Runners(commits);
		this.lanes = new RunnerLanes(context.loop(), storage, commits, this.runners, this::giveUp);
		this.streams = new RemoteStreams(context, state, this.lanes);
		this.frames = new RunnerFrames(context, state, commits, this.runners, this.streams, this.lanes, listener);
		this.inbox = new InboxReader(context, storage, commits, this);
	}

	/** The open streams of all runners. */
	RemoteStreams streams() {
		return this.streams;
	}

	/** Bytes of the messages that runners have not confirmed. */
	long held() {
		return this.runners.held();
	}

	/** Whether there are runners whose pods must be there. */
	boolean areNeeded() {
		return this.runners.areNeeded();
	}

	/** Names of the runners whose pods must be there. */
	Set<String> names() {
		return this.runners.neededNames();
	}

	/** Sets the runners that have actions of the session, in place of those before. */
	void watch(Set<String> names) {
		this.runners.watch(names);
	}

	/**
	 * Adds an open stream of a runner.
	 * @param runner name of the runner
	 * @param id id on the wire
	 * @param localId the runner's id
	 * @param own whether this side is the caller
	 */
	RemoteStream add(String runner, int id, int localId, boolean own) {
		return this.streams.add(this.runners.get(runner), id, localId, own);
	}

	/**
	 * Tells peers of the session who owns it, until they are heard. Model: calls.pml,
	 * step claim.
	 * @param names peers to tell, beside those that have not been heard yet
	 */
	void tellMoved(Collection<String> names) {
		names.stream()
			.filter((name) -> !name.equals(this.storage.owner()))
			.forEach((name) -> this.runners.get(name).inform());
		for (Runner runner : this.runners.all()) {
			if (runner.isUninformed() && runner.isGivenUp()) {
				// The owner before may not have got to what ran there.
				runner.informed();
				giveUp(runner);
			}
			else if (runner.isUninformed()) {
				this.storage.send(runner.name(), PodMessage.Type.MOVED, Bytes.EMPTY);
			}
		}
	}

	/**
	 * Tells each runner which streams it has. Model: calls.pml, step streams; frames.pml,
	 * step streams.
	 */
	void sendStreamList() {
		tellMoved(Set.of());
		Map<Runner, RecordFormat.Writer> lists = new HashMap<>();
		for (RemoteStream stream : this.streams.all()) {
			if (!stream.isOwn() && stream.isBegun()) {
				lists.computeIfAbsent(stream.runner(), this::beginList).number(stream.localId());
			}
		}
		lists.forEach((runner, list) -> this.storage.send(runner.name(), PodMessage.Type.STREAMS, list.take()));
	}

	/** The head of a list of streams: the message that the runner must have before. */
	private RecordFormat.Writer beginList(Runner runner) {
		return runner.lane().sent().write(new RecordFormat.Writer().text(this.lanes.log()));
	}

	/** Id of the log that the streams belong to. */
	String log() {
		return this.lanes.log();
	}

	/** Goes on with the log of the owner before. */
	void setLog(String id) {
		this.lanes.setLog(id);
	}

	/** Goes on with the messages that the owner before has not brought to the runners. */
	void restore(Map<String, Bytes> records) {
		this.lanes.restore(records);
	}

	/** Goes on with the messages of a runner that earlier owners have taken. */
	void restore(String runner, Bytes record) {
		this.runners.restore(runner, record);
	}

	/** Goes on in the middle of a message, where the owner before has stopped. */
	void restoreProgress(Bytes record) {
		this.frames.restore(new RecordFormat.Reader(record));
	}

	/**
	 * A runner tells which of its messages is the last one in the inbox, and which
	 * message of the owner it has got. Model: calls.pml, step given-up; frames.pml, step
	 * woken.
	 * @param from name of the runner; empty to have a look at the inbox
	 * @param body its message
	 */
	void woken(String from, Bytes body) {
		if (this.closed) {
			return;
		}
		if (from.isEmpty()) {
			this.inbox.pull();
			return;
		}
		RecordFormat.Reader reader = new RecordFormat.Reader(body);
		long pushed = reader.number();
		Runner runner = (pushed > 0) ? this.runners.get(from) : this.runners.find(from);
		if (runner == null) {
			taken(from, 0);
			return;
		}
		runner.informed();
		if (runner.isGivenUp()) {
			this.storage.send(from, PodMessage.Type.ENDED, GIVEN_UP);
			return;
		}
		this.lanes.heard(runner, RunnerLane.Place.read(reader), reader.number() == 1);
		if (runner.hasRead(pushed)) {
			taken(from, pushed);
		}
		else {
			runner.ask(pushed);
			this.inbox.pull();
		}
	}

	private void taken(String runner, long number) {
		this.storage.send(runner, PodMessage.Type.TAKEN, PeerStorage.packed(number));
	}

	/** Reads the messages in the inbox. */
	void pull() {
		this.inbox.pull();
	}

	@Override
	public void take(Bytes message, long at) {
		this.frames.take(message, at);
	}

	@Override
	public void pulled() {
		this.frames.settle();
		for (Runner runner : this.runners.all()) {
			long number = runner.takeQuestion();
			if (number != 0) {
				taken(runner.name(), number);
			}
		}
	}

	@Override
	public void emptied() {
		for (Runner runner : this.runners.all()) {
			if (runner.isLeaving()) {
				this.listener.drained(runner);
			}
		}
	}

	/** A peer of the session is gone. */
	void giveUp(String name) {
		giveUp(this.runners.get(name));
	}

	/**
	 * Gives a runner up, once its last messages in the inbox are read. Model: calls.pml,
	 * step bury.
	 */
	private void giveUp(Runner runner) {
		runner.leave();
		this.inbox.pull();
	}

	/**
	 * Forgets a runner: nothing of it counts any more, for this owner and for later ones.
	 * Model: calls.pml, step bury.
	 */
	void forget(Runner runner) {
		this.lanes.close(runner);
		this.runners.giveUp(runner);
	}

	/** Counts the messages of runners whose frames have numbers. */
	void settle() {
		this.frames.settle();
	}

	/**
	 * Ends a turn: frames for runners become part of the next step.
	 * @param may whether that may begin now
	 */
	void flush(boolean may) {
		if (may) {
			this.lanes.seal();
		}
		this.inbox.goOn();
	}

	/**
	 * Numbers are about to start anew: runners are told to end the calls of the log
	 * before. Model: calls.pml, step reset.
	 */
	void begin(String log) {
		this.lanes.begin(log);
	}

	/** Numbers start anew, and nothing is queued any more. */
	void reset() {
		String log = this.lanes.log();
		this.commits.put(RecordKey.LOG.key(), () -> Bytes.utf8(log));
		this.frames.reset();
	}

	/** This peer does not own the session any more; its runners have a new owner. */
	void close() {
		this.closed = true;
		this.inbox.close();
		this.lanes.close();
		this.frames.close();
		this.streams.clear();
		this.runners.clear();
	}

}
