package io.agentsocket.connection.takeover;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.stream.CalleeStream;
import io.agentsocket.connection.stream.ErrorMapping;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.StoredSession;
import org.apache.commons.logging.Log;

/**
 * A peer that owns a session which other pods can take over: its steps are stored, and
 * calls may run in other pods.
 */
final class RecordedOwner extends SessionRole implements CommitPipeline.Listener, RemoteRunners.Listener {

	private static final Log logger = PrintableLog.of(RecordedOwner.class);

	private final StreamContext context;

	private final PeerState state;

	private final OwnershipListener listener;

	private final OwnershipHost host;

	private final LongConsumer lost;

	private final CommitPipeline commits;

	private final RemoteRunners runners;

	/**
	 * Messages of the new owner that came before this peer knows the outcome of its last
	 * step: bounded by the credit and the window of the calls that run here.
	 */
	private final ArrayDeque<Early> early = new ArrayDeque<>(0);

	/** Events of the agent whose numbers are not stored yet, within the window. */
	private final ArrayDeque<Runnable> events = new ArrayDeque<>(0);

	/** Bytes of these events. */
	private int eventBytes;

	private volatile Set<String> runnerNames = Set.of();

	private boolean closed;

	/**
	 * Frames of the new owner.
	 *
	 * @param from its name
	 * @param body the frames
	 */
	private record Early(String from, Bytes body) {

	}

	/**
	 * Own a session.
	 * @param lost called with the epoch when another peer owns the session
	 */
	RecordedOwner(StreamContext context, PeerState state, PeerStorage storage, OwnershipListener listener,
			OwnershipHost host, LongConsumer lost) {
		this.context = context;
		this.state = state;
		this.listener = listener;
		this.host = host;
		this.lost = lost;
		this.commits = new CommitPipeline(context, state.receiveWindow(), storage, this);
		state.records().open(this.commits, storage.owner());
		this.runners = new RemoteRunners(context, state, storage, this.commits, this);
	}

	RemoteRunners runners() {
		return this.runners;
	}

	CommitPipeline commits() {
		return this.commits;
	}

	@Override
	public void fenced(long epoch) {
		this.lost.accept(epoch);
	}

	@Override
	public void stalled() {
		this.host.closeConnection(CloseCode.STORE_UNAVAILABLE, "The session store is out of reach");
	}

	@Override
	public void endRequested() {
		this.listener.endRequested();
	}

	@Override
	public void announced(String runner, Frame.Define frame) {
		this.listener.announced(runner, frame.name(), frame.descriptor());
	}

	/**
	 * Goes on with all that the owners before have committed. Model: calls.pml, step
	 * claim.
	 */
	void restore(StoredSession stored) {
		Map<String, Bytes> records = stored.records();
		this.commits.restore(stored);
		this.state.sendQueue().log().restore(stored);
		this.state.receiveWindow().restore(stored.received());
		this.state.records().restore(records);
		this.state.records().calls().forEach((call) -> {
			int id = call.invoke().streamId();
			this.runners.add(call.runner(), id, id, false);
		});
		this.runners.restore(records);
		records.forEach(this::restore);
		records.keySet()
			.stream()
			.filter((key) -> RecordKey.of(key) == RecordKey.PARTIAL && !key.equals(SessionRecords.UNFINISHED_RECEIVED))
			.forEach((key) -> this.host.receiver().refuseParts(RecordKey.number(key)));
		this.runners.pull();
	}

	private void restore(String key, Bytes value) {
		RecordKey kind = RecordKey.of(key);
		if (kind == null) {
			return;
		}
		switch (kind) {
			case OWN_ALIAS -> this.state.ownAliases().restore(RecordKey.number(key), value.toUtf8());
			case THEIR_ALIAS -> this.state.theirAliases().restore(RecordKey.number(key), value.toUtf8());
			case STREAM_IDS -> {
				RecordFormat.Reader reader = new RecordFormat.Reader(value);
				this.state.streams().restore((int) reader.number(), (int) reader.number());
			}
			case LOG -> this.runners.setLog(value.toUtf8());
			case LIMITS -> this.state.sendQueue().setDeclared(SessionRecords.unpackLimits(value));
			case INBOX_PROGRESS -> this.runners.restoreProgress(value);
			case RUNNER -> this.runners.restore(RecordKey.rest(key), value);
			case OWN_CALL -> restoreCall(RecordKey.number(key), new RecordFormat.Reader(value));
			default -> {
				// SessionRecords, RunnerLanes or the owner of the peer restore these.
			}
		}
	}

	private void restoreCall(int id, RecordFormat.Reader record) {
		if (record.number() == 1) {
			this.state.records().invoked(id);
		}
		int localId = (int) record.number();
		this.runners.add(record.text(), id, localId, true).restored();
	}

	@Override
	Set<String> runnerNames() {
		return this.runnerNames;
	}

	@Override
	void flush() {
		boolean strict = this.commits.isStrict();
		boolean sends = strict && this.context.host().isReachable();
		boolean may = this.commits.mayBegin(sends ? this.state.sendQueue().sendable() : 0);
		if (!strict || may) {
			if (strict || !this.commits.isBehind()) {
				this.host.sendAll();
			}
			this.runners.settle();
			Runnable held = strict ? this.host.heldMessages() : null;
			if (held != null) {
				this.commits.whenDurable(held);
			}
		}
		if (!this.closed) {
			this.runners.flush(may);
			if (this.runners.areNeeded() || !this.runnerNames.isEmpty()) {
				this.runnerNames = this.runners.names();
			}
		}
		if (!this.context.host().isReachable()) {
			// The agent may be on its way to another pod, which needs all of it.
			this.commits.urge();
		}
		this.commits.flush(may);
		// Frames that wait for a connection are not stored: a later owner gets them from
		// this peer, its follower then.
		settled(!this.commits.isUnderway() && !this.commits.isDirty() && this.state.sendQueue().isEmpty());
	}

	@Override
	void start(CalleeStream stream, boolean repeatable) {
		this.commits.noteDurable(stream::recorded);
		if (repeatable) {
			stream.start();
		}
		else {
			this.commits.whenDurable(stream::start);
		}
	}

	/**
	 * Tells the application of an event when its number is stored: the agent sends the
	 * event again to a later owner that does not know the number.
	 */
	@Override
	void deliver(Runnable event, int bytes) {
		if (!this.commits.isStrict()) {
			event.run();
			return;
		}
		this.eventBytes += bytes;
		this.events.add(() -> {
			this.eventBytes -= bytes;
			event.run();
		});
		this.commits.acknowledging();
		this.commits.whenDurable(this::deliverNext);
	}

	private void deliverNext() {
		Runnable event = this.events.poll();
		if (event != null) {
			event.run();
		}
	}

	/** The session ends here, so nobody else gets the events that are not stored. */
	void deliverAll() {
		while (!this.events.isEmpty()) {
			deliverNext();
		}
	}

	/** Passes an invocation on to the peer that has the action, when it is recorded. */
	void relay(Frame.Invoke frame, String runner) {
		RemoteStream stream = this.runners.add(runner, frame.streamId(), frame.streamId(), false);
		stream.begin();
		this.runners.streams().tell(stream, frame);
		this.commits.whenDurable(stream::begun);
	}

	@Override
	void acknowledging(long received) {
		if (received > this.commits.received()) {
			this.commits.acknowledging();
		}
	}

	@Override
	long held() {
		return this.commits.held() + this.runners.held() + this.eventBytes;
	}

	@Override
	boolean isStrict() {
		return this.commits.isStrict();
	}

	@Override
	void moved(long epoch) {
		this.commits.moved(epoch);
	}

	@Override
	void framesFromOwner(String from, Bytes body) {
		this.early.add(new Early(from, body));
		// Only a later owner sends something here.
		this.commits.moved(Long.MAX_VALUE);
	}

	@Override
	void reconcileStreams(Bytes body) {
		// Only a later owner sends a list to this peer.
		this.commits.moved(Long.MAX_VALUE);
	}

	/** Takes out the messages that the new owner has sent so far. */
	void takeEarly(BiConsumer<String, Bytes> receiver) {
		while (!this.early.isEmpty()) {
			Early next = this.early.remove();
			receiver.accept(next.from, next.body);
		}
	}

	/** Frames of this peer that got a number and did not become durable. */
	List<QueuedFrame> notDurable() {
		// Messages of followers are still in the inbox, for the new owner.
		return this.commits.notDurable().stream().filter((frame) -> !frame.isOfFollower()).toList();
	}

	/** End the calls of hidden actions that run in other pods. */
	void reauthorize(Predicate<String> hidden) {
		for (RecordedCall call : List.copyOf(this.state.records().calls())) {
			RemoteStream stream = this.runners.streams().find(call.invoke().streamId());
			if (stream != null && hidden.test(call.action())) {
				this.state.sendQueue().discard(stream);
				stream.abandon(ErrorMapping.notAllowedAnyMore());
				answer(stream.id(), ErrorMapping.notAllowedAnyMore());
			}
		}
	}

	/** The last messages of a gone runner are read: its calls end now, or run again. */
	@Override
	public void drained(Runner runner) {
		this.runners.forget(runner);
		this.listener.runnerGone(runner.name());
		this.runners.streams().of(runner).forEach((stream) -> {
			if (stream.isOwn()) {
				stopCallOf(stream);
			}
			else {
				repeatOrLose(stream);
			}
		});
	}

	/**
	 * Runs a call of a gone runner again, or ends it with LOST. Model: calls.pml, step
	 * bury.
	 */
	private void repeatOrLose(RemoteStream stream) {
		RecordedCall call = this.state.records().call(stream.id());
		// Its unsent results must not come beside a second run.
		this.state.sendQueue().discard(stream);
		this.runners.streams().closed(stream);
		if (call == null) {
			return;
		}
		try {
			if (this.host.receiver().runAgain(call, System.currentTimeMillis())) {
				logger.info("Action " + call.action() + " of session " + this.context.session().id()
						+ " runs again: its pod is gone");
				return;
			}
		}
		catch (RuntimeException ex) {
			logger.error("An action could not run again", ex);
		}
		answer(stream.id(), call.lost());
	}

	/** Stops a call that a gone runner has made: nobody takes its result. */
	private void stopCallOf(RemoteStream stream) {
		int id = stream.id();
		if (!this.state.records().isInvoked(id)) {
			this.runners.streams().closeUninvoked(stream);
		}
		else if (stream.interrupt()) {
			this.state.sendQueue().addPrompt(new Frame.Interrupt(id, Frame.Interrupt.NOW, Bytes.EMPTY, ""), stream);
		}
	}

	private void answer(int id, ActionException reason) {
		this.state.sendQueue().addPrompt(this.context.errorFrame(id, reason), null);
	}

	@Override
	void close() {
		this.closed = true;
		this.commits.close();
		this.state.records().close();
		this.runners.close();
		this.runnerNames = Set.of();
		settled(true);
	}

}
