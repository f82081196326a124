package io.agentsocket.connection.takeover;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

import io.agentsocket.connection.Peer;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.CalleeStream;
import io.agentsocket.connection.stream.ErrorMapping;
import io.agentsocket.connection.stream.Stream;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.StoredSession;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * Whether a {@link Peer} owns its session or is a satellite of the peer that does, in
 * another pod: what is stored, what runs elsewhere, and how the two sides change roles. A
 * peer without storage has its session for itself, and nothing here does anything.
 *
 * <p>
 * Public methods may be called from any thread and return at once; what they ask for
 * happens in the peer's loop. Implements section 11 of {@code docs/protocol.md} where
 * pods share a store.
 */
public final class Ownership {

	private static final Log logger = LogFactory.getLog(Ownership.class);

	/** Key of the record of what the other side accepts. */
	public static final String LIMITS = "l";

	private static final int NORMAL = 1000;

	private final StreamContext context;

	private final OwnershipListener listener;

	private final OwnershipHost host;

	private final PeerState state;

	private final @Nullable PeerStorage storage;

	private @Nullable CommitPipeline journal;

	private @Nullable RemoteRunners executors;

	private @Nullable OwnerLink satellite;

	/**
	 * What the new owner has sent before this peer knows what became of its last step:
	 * bounded by the credit and the window of what runs here.
	 */
	private final ArrayDeque<Early> early = new ArrayDeque<>(0);

	/**
	 * Frames of the new owner.
	 *
	 * @param from its name
	 * @param body the frames
	 */
	private record Early(String from, Bytes body) {

	}

	private volatile @Nullable ActionException release;

	private volatile boolean settled = true;

	private volatile Set<String> executorNames = Set.of();

	/**
	 * Own a session.
	 * @param context the parts of the peer that streams share
	 * @param state where the peer stands
	 * @param storage makes the session durable, or {@code null} when it lives in this
	 * process only
	 * @param listener told what concerns other pods
	 * @param host the peer
	 */
	public Ownership(StreamContext context, PeerState state, @Nullable PeerStorage storage, OwnershipListener listener,
			OwnershipHost host) {
		this.context = context;
		this.listener = listener;
		this.host = host;
		this.state = state;
		this.storage = storage;
		if (storage != null) {
			open(storage);
		}
	}

	private void open(PeerStorage present) {
		CommitPipeline created = new CommitPipeline(this.context, this.state.incoming(), present,
				new CommitPipeline.Listener() {

					@Override
					public void fenced(long epoch) {
						becomeSatellite(epoch);
					}

					@Override
					public void stalled() {
						Ownership.this.host.closeConnection(CloseCode.STORE_UNAVAILABLE,
								"The session store is out of reach");
					}

				});
		this.journal = created;
		this.state.ledger().open(created, present.owner());
		this.executors = new RemoteRunners(this.context, this.state, present, created, new RemoteRunners.Listener() {

			@Override
			public void endRequested() {
				Ownership.this.listener.endRequested();
			}

			@Override
			public void announced(String runner, Frame.Define frame) {
				Ownership.this.listener.offered(runner, frame.name(), frame.descriptor());
			}

			@Override
			public void drained(String runner) {
				Ownership.this.drained(runner);
			}

		});
	}

	/**
	 * Own a session that another peer has owned before. Streams that were open go on
	 * where they run. Called before the first {@link Peer#attach(Attachment)}.
	 * @param stored what its owners have committed
	 */
	public void restore(StoredSession stored) {
		this.context.loop().execute(() -> doRestore(stored));
	}

	/**
	 * Go on with everything that the owners before have committed. Model: calls.pml, step
	 * claim.
	 */
	private void doRestore(StoredSession stored) {
		RemoteRunners present = this.executors;
		if (this.journal == null || present == null) {
			throw new IllegalStateException("There is no storage");
		}
		this.journal.restore(stored);
		this.state.outgoing().log().restore(stored);
		this.state.incoming().restore(stored.received());
		this.state.ledger().restore(stored.records());
		this.state.ledger()
			.calls()
			.forEach((call) -> present.add(call.executor(), call.invoke().streamId(), call.invoke().streamId(), false));
		present.restore(stored.records());
		stored.records().forEach((key, value) -> {
			switch (key.charAt(0)) {
				case 'm' -> this.state.mine().restore(Integer.parseInt(key.substring(1)), value.toUtf8());
				case 't' -> this.state.theirs().restore(Integer.parseInt(key.substring(1)), value.toUtf8());
				case 'n' -> {
					RecordFormat.Reader reader = new RecordFormat.Reader(value);
					this.state.streams().restore((int) reader.number(), (int) reader.number());
				}
				case 'g' -> present.log(value.toUtf8());
				case 'l' -> this.state.outgoing().declared(SessionRecords.unpackLimits(value));
				case 'i' -> present.departed(new RecordFormat.Reader(value));
				case 'q' -> present.latest(key.substring(1), new RecordFormat.Reader(value).number());
				case 's' -> restoreCall(present, Integer.parseInt(key.substring(1)), new RecordFormat.Reader(value));
				default -> {
					// Of the ledger, or of the owner.
				}
			}
		});
		stored.records()
			.keySet()
			.stream()
			.filter((key) -> key.startsWith("p") && !key.equals(SessionRecords.UNFINISHED_RECEIVED))
			.forEach((key) -> this.host.receiver().refuseParts(Integer.parseInt(key.substring(1))));
		present.pull();
	}

	private void restoreCall(RemoteRunners present, int id, RecordFormat.Reader record) {
		if (record.number() == 1) {
			this.state.ledger().invoked(id);
		}
		int localId = (int) record.number();
		present.add(record.text(), id, localId, true).restored();
	}

	/**
	 * The peers of the session at which streams run, beside this one.
	 * @return their names as of the end of the latest turn
	 */
	public Set<String> executors() {
		return this.executorNames;
	}

	/**
	 * Tell those who owned the session, and those at which streams of it run, who owns it
	 * now. They are told until they are heard, or found to be gone.
	 * @param previousOwners names of owners before this one
	 */
	public void tellMoved(Collection<String> previousOwners) {
		this.context.loop().execute(() -> {
			if (this.executors != null) {
				Set<String> names = this.executors.names();
				names.addAll(previousOwners);
				this.executors.tellMoved(names);
			}
		});
	}

	/**
	 * Whether another owner can go on with a session: an event or a descriptor of which
	 * only a part has arrived, or left, is gone with the owner before.
	 * @param stored what was committed
	 * @return {@code false} when the session has to be reset
	 */
	public static boolean isWhole(StoredSession stored) {
		return !stored.records().containsKey(SessionRecords.UNFINISHED_RECEIVED)
				&& !stored.records().containsKey(SessionRecords.UNFINISHED_SENT);
	}

	/**
	 * Whether there are such peers.
	 * @return {@code true} if so
	 */
	public boolean hasExecutors() {
		return !this.executorNames.isEmpty();
	}

	/**
	 * Whether all that happened here is known to those who need to know.
	 * @return {@code false} while something is on its way to the store
	 */
	public boolean isSettled() {
		return this.settled;
	}

	/**
	 * Keep something for the next owner of the session.
	 * @param key begins with {@code x}
	 * @param value the value
	 */
	public void record(String key, Bytes value) {
		this.context.loop().execute(() -> {
			if (this.journal != null) {
				this.journal.put(key, () -> value);
			}
		});
	}

	/**
	 * Keep something no longer.
	 * @param key begins with {@code x}
	 */
	public void forget(String key) {
		this.context.loop().execute(() -> {
			if (this.journal != null) {
				this.journal.remove(key);
			}
		});
	}

	/**
	 * Watch peers of the session beside those at which streams run, as the owner.
	 * @param names their names, in place of those before
	 */
	public void watch(Set<String> names) {
		this.context.loop().execute(() -> {
			if (this.executors != null) {
				this.executors.watch(names);
			}
		});
	}

	/**
	 * Offer an action to the other side through the owner of the session, as a satellite.
	 * @param name name of the action
	 * @param descriptor its descriptor in the codec of the session; empty to withdraw it
	 */
	public void offer(String name, Bytes descriptor) {
		this.context.loop().execute(() -> {
			if (this.satellite != null) {
				this.satellite.offer(new Frame.Define(0, name, Bytes.EMPTY, descriptor));
			}
		});
	}

	/**
	 * Tell the satellites which streams run there, as the owner: what one of them does
	 * not know is LOST.
	 */
	public void callRoll() {
		this.context.loop().execute(() -> {
			if (this.executors != null) {
				this.executors.callRoll();
			}
		});
	}

	/**
	 * The owner of the session says which streams run here. Model: calls.pml, step
	 * streams; frames.pml, step streams.
	 * @param body their ids
	 */
	public void roll(Bytes body) {
		this.context.loop().execute(() -> {
			RecordFormat.Reader reader = new RecordFormat.Reader(body);
			String log = reader.text();
			RunnerLane.Place sent = RunnerLane.Place.read(reader);
			if (this.satellite == null) {
				// Only a later owner sends a list to this peer.
				moved(Long.MAX_VALUE);
			}
			else if (this.satellite.log().equals(log) && this.satellite.hasHeard(sent)) {
				roll(this.satellite, reader);
			}
		});
	}

	private void roll(OwnerLink present, RecordFormat.Reader ids) {
		while (ids.hasMore()) {
			int id = (int) ids.number();
			if (!this.state.streams().isOpen(id) && present.ignore(id)) {
				// Behind its result, if that is on its way.
				this.state.outgoing().add(this.context.errorFrame(id, RecordedCall.gone()), null);
			}
		}
	}

	/**
	 * Let the store forget what the other side has acknowledged meanwhile.
	 */
	public void tidy() {
		this.context.loop().execute(() -> {
			if (this.journal != null) {
				this.journal.tidy();
			}
		});
	}

	/**
	 * The session has another owner: what runs here goes on as its satellite. Model:
	 * handshake.pml, step moved.
	 * @param epoch epoch of the session, 0 when it is gone; the maximum when it is not
	 * known
	 */
	public void moved(long epoch) {
		this.context.loop().execute(() -> {
			if (this.journal != null) {
				this.journal.moved(epoch);
			}
		});
	}

	/**
	 * What the other side accepts, as the owner has recorded it.
	 * @param record the record {@value #LIMITS}
	 * @return the limits
	 */
	public static Limits limits(Bytes record) {
		return SessionRecords.unpackLimits(record);
	}

	/**
	 * Begin as a satellite: this peer reaches the session through its owner. One that is
	 * a satellite already takes note of the limits.
	 * @param remote what the other side accepts
	 */
	public void orbit(Limits remote) {
		this.context.loop().execute(() -> {
			this.state.outgoing().declared(remote);
			becomeSatellite(Long.MAX_VALUE);
		});
	}

	/**
	 * Another peer owns the session: what runs here goes on, and what is not durable goes
	 * to the new owner. Model: calls.pml, step moved.
	 */
	private void becomeSatellite(long epoch) {
		CommitPipeline before = this.journal;
		PeerStorage present = this.storage;
		if (before == null || present == null) {
			return;
		}
		CloseCode code = this.listener.fenced(epoch);
		this.host.disconnect(code, "Another connection has the session");
		if (this.host.ended() != null) {
			return;
		}
		OwnerLink created = new OwnerLink(this.context, this.state, present, this.host, this::goneElsewhere,
				(this.executors != null) ? this.executors.log() : "");
		// The other side sends them again to the new owner.
		for (Stream stream : this.state.streams().open()) {
			if (stream instanceof CalleeStream callee && !callee.isRecorded()) {
				callee.abandon(new ActionException(ErrorCode.CANCELLED, "It runs elsewhere"));
			}
		}
		// What satellites have sent is still in the inbox, for the new owner.
		before.notDurable().stream().filter((frame) -> !frame.isOfSatellite()).forEach(created::pushFirst);
		Set<String> uncertain = before.uncertain("x");
		closeStorage();
		this.state.outgoing().log().clear();
		// Of payloads that go on arriving elsewhere.
		this.state.streams().forgetOpening().forEach(this.state.assembly()::discard);
		this.state.assembly().discard(0);
		this.satellite = created;
		this.listener.uncertain(uncertain);
		while (!this.early.isEmpty()) {
			Early next = this.early.remove();
			created.receive(next.from, next.body, this.host.receiver());
		}
		if (epoch == 0) {
			goneElsewhere();
		}
	}

	private void closeStorage() {
		if (this.journal != null) {
			this.journal.close();
			this.journal = null;
		}
		this.state.ledger().close();
		if (this.executors != null) {
			this.executors.close();
			this.executors = null;
		}
		this.executorNames = Set.of();
		this.settled = true;
	}

	/** The session was ended by its owner, or has expired. */
	public void goneElsewhere() {
		this.host.end(CloseCode.SESSION_ENDED.code(),
				new ActionException(ErrorCode.FAILED_PRECONDITION, "The session has ended"));
		this.listener.released();
	}

	/**
	 * There is something in the inbox.
	 * @param from who says so, or empty to have a look
	 * @param body what it says
	 */
	public void woken(String from, Bytes body) {
		this.context.loop().execute(() -> {
			if (this.executors != null) {
				this.executors.woken(from, body);
			}
		});
	}

	/**
	 * The owner of the session has something for this satellite.
	 * @param from the owner
	 * @param body frames
	 */
	public void framesFromOwner(String from, Bytes body) {
		this.context.loop().execute(() -> {
			if (this.satellite != null) {
				this.satellite.receive(from, body, this.host.receiver());
			}
			else if (this.journal != null) {
				this.early.add(new Early(from, body));
				// Only a later owner sends something here.
				this.journal.moved(Long.MAX_VALUE);
			}
		});
	}

	/**
	 * The owner of the session has taken messages of this satellite.
	 * @param body which ones
	 */
	public void taken(Bytes body) {
		this.context.loop().execute(() -> {
			if (this.satellite != null) {
				this.satellite.taken(body);
			}
		});
	}

	/**
	 * Ask the owner of the session to end it, as a satellite.
	 */
	public void requestEnd() {
		this.context.loop().execute(() -> {
			if (this.satellite != null) {
				this.satellite.pushFirst(new QueuedFrame(new Frame.GoAway(0, 0, 0, ""), null));
			}
		});
	}

	/**
	 * A peer at which streams run is gone. What may run again runs here, the rest is
	 * LOST.
	 * @param executor name of the peer
	 */
	public void executorGone(String executor) {
		this.context.loop().execute(() -> {
			if (this.executors != null) {
				this.executors.bury(executor);
			}
		});
	}

	/** End the calls of hidden actions that run in other pods. */
	public void reauthorize(Predicate<String> hidden) {
		RemoteRunners present = this.executors;
		for (RecordedCall call : (present != null) ? List.copyOf(this.state.ledger().calls())
				: List.<RecordedCall>of()) {
			RemoteStream stream = (present != null) ? present.find(call.invoke().streamId()) : null;
			if (stream != null && hidden.test(call.action())) {
				this.state.outgoing().discard(stream);
				stream.abandon(ErrorMapping.notAllowedAnyMore());
				this.state.outgoing()
					.addPrompt(this.context.errorFrame(stream.id(), ErrorMapping.notAllowedAnyMore()), null);
			}
		}
	}

	/** All that a peer has left behind is taken. */
	public void drained(String executor) {
		RemoteRunners present = this.executors;
		if (present != null) {
			present.died(executor);
			this.listener.executorGone(executor);
			present.of(executor).forEach((stream) -> lost(present, stream));
		}
	}

	/**
	 * A stream goes on nowhere: its call runs again or ends with LOST. Model: calls.pml,
	 * step bury.
	 */
	private void lost(RemoteRunners present, RemoteStream stream) {
		int id = stream.id();
		if (!stream.isOwn()) {
			RecordedCall call = this.state.ledger().call(id);
			// What was not sent of it must not come beside a second run.
			this.state.outgoing().discard(stream);
			present.closed(stream);
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
			this.state.outgoing().addPrompt(this.context.errorFrame(id, call.lost()), null);
		}
		else if (this.state.ledger().isInvoked(id)) {
			if (!stream.interrupt()) {
				return;
			}
			// What comes of it interests nobody any more.
			this.state.outgoing().addPrompt(new Frame.Interrupt(id, Frame.Interrupt.NOW, Bytes.EMPTY, ""), stream);
		}
		else {
			this.state.outgoing().discard(stream);
			present.closed(stream);
			if (stream.isOpened()) {
				// Otherwise the other side has never heard of it.
				this.state.outgoing()
					.addPrompt(this.context.errorFrame(id, new ActionException(ErrorCode.CANCELLED, "Not invoked")),
							null);
			}
		}
	}

	/** The stream in another pod that has an id; null when there is none. */
	public @Nullable RemoteStream remoteStream(int id) {
		return (this.executors != null) ? this.executors.find(id) : null;
	}

	/** Pass a frame of the other side on to a stream in another pod. */
	public void pass(RemoteStream stream, Frame frame, long number) {
		if (this.executors != null) {
			this.executors.pass(stream, frame, number);
		}
	}

	/** Whether this peer owns a session that other pods can reach. */
	public boolean isOwner() {
		return this.executors != null;
	}

	/** Another peer has the action: pass an invocation on when it has been recorded. */
	public void relay(Frame.Invoke frame, String executor) {
		RemoteRunners present = this.executors;
		if (present != null) {
			RemoteStream stream = present.add(executor, frame.streamId(), frame.streamId(), false);
			stream.begin();
			present.tell(stream, frame);
			whenDurable(stream::begun);
		}
	}

	/**
	 * Start an invocation, if it must not run twice then after that was recorded. Model:
	 * calls.pml, step invoke.
	 */
	public void start(CalleeStream stream, boolean repeatable) {
		whenDurable(stream::recorded);
		if (repeatable) {
			stream.start();
		}
		else {
			whenDurable(stream::start);
		}
	}

	private void whenDurable(Runnable task) {
		if (this.journal == null) {
			task.run();
		}
		else {
			this.journal.whenDurable(task);
		}
	}

	/** What was received is about to be acknowledged. */
	public void acknowledging(long received) {
		if (this.journal != null && received > this.journal.committedReceived()) {
			this.journal.acknowledging();
		}
	}

	/** Whether messages wait until they are durable. */
	public boolean isStrict() {
		return this.journal != null && this.journal.isStrict();
	}

	public boolean isSatellite() {
		return this.satellite != null;
	}

	/** Numbers are about to start anew. */
	public void begin(String log) {
		if (this.executors != null) {
			this.executors.begin(log);
		}
	}

	/** Numbers start anew, and nothing is queued any more. */
	public void reset() {
		if (this.executors != null) {
			this.executors.reset();
		}
	}

	/** Tell when the session has taken a frame that was queued just now. */
	public void handedOver(QueuedFrame queued, MonoSink<Void> sink) {
		if (this.satellite != null) {
			this.satellite.whenPushed(queued, sink);
		}
		else {
			sink.success();
		}
	}

	/**
	 * In the loop: whether this is a satellite that has nothing left to do.
	 * @return {@code true} if it may go away
	 */
	public boolean isDone() {
		OwnerLink present = this.satellite;
		return present != null && present.isTaken() && this.state.outgoing().isEmpty() && this.state.streams().isEmpty()
				&& !this.host.hasEventsUnderway();
	}

	/**
	 * Go away, as a satellite that has nothing left to do.
	 */
	public void leave() {
		ActionException reason = new ActionException(ErrorCode.CANCELLED, "Nothing is left here").foreign();
		this.release = reason;
		this.host.end(NORMAL, reason);
	}

	/**
	 * Whether something failed only because it came when this peer had gone away: nothing
	 * of it was sent, and another peer of the session can take it.
	 * @param error what it failed with
	 * @return {@code true} if so
	 */
	public boolean isReleased(Throwable error) {
		return error == this.release;
	}

	/** Nothing more is stored. */
	public void close() {
		closeStorage();
		if (this.satellite != null) {
			this.satellite.close();
		}
	}

	/** The end of a turn: send, and store what was sent or what must come first. */
	public void flush() {
		if (this.satellite != null) {
			flush(this.satellite);
		}
		else if (this.journal == null) {
			this.host.sendAll();
		}
		else {
			flush(this.journal);
		}
	}

	private void flush(CommitPipeline present) {
		if (!present.isStrict()) {
			if (!present.isBehind()) {
				this.host.sendAll();
			}
			settle();
		}
		else if (!present.isUnderway()) {
			this.host.sendAll();
			settle();
			Runnable held = this.host.heldMessages();
			if (held != null) {
				present.whenDurable(held);
			}
		}
		if (this.executors != null) {
			this.executors.flush();
			if (!this.executors.isEmpty() || !this.executorNames.isEmpty()) {
				this.executorNames = this.executors.names();
			}
		}
		present.flush();
		// What waits for a connection is not stored: a later owner gets it from a
		// satellite.
		this.settled = !present.isUnderway() && !present.isDirty() && this.state.outgoing().isEmpty();
	}

	private void settle() {
		if (this.executors != null) {
			this.executors.settle();
		}
	}

	private void flush(OwnerLink present) {
		SendQueue outgoing = this.state.outgoing();
		do {
			present.pump(outgoing);
		}
		while (this.host.ended() == null && this.host.goOn() && present.isEmpty());
		this.settled = outgoing.isEmpty() && present.isTaken();
		if (this.settled && this.state.streams().isEmpty() && this.host.ended() == null) {
			this.listener.released();
		}
	}

}
