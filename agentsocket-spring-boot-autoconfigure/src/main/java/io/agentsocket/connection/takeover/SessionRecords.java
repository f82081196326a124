package io.agentsocket.connection.takeover;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.SendListener;
import io.agentsocket.connection.stream.StreamRecorder;
import io.agentsocket.connection.takeover.IdempotencyKeys.Outcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Varint;
import org.jspecify.annotations.Nullable;

/**
 * Records of a session beside its log, so that another owner can go on: open calls,
 * aliases, stream ids, idempotency keys. A record that follows from a frame of the other
 * side is made when the frame is accepted; one that follows from a frame of this side,
 * when that gets its number. Runs in the peer's loop.
 *
 * <p>
 * The keys are those of {@link RecordKey}.
 */
public final class SessionRecords implements SendListener, StreamRecorder {

	/** Key of the record of an event or descriptor that has arrived in part. */
	static final String UNFINISHED_RECEIVED = RecordKey.PARTIAL.key(0);

	/** Key of the record of an event or descriptor that has left in part. */
	static final String UNFINISHED_SENT = RecordKey.UNFINISHED.key(0);

	private final RecordedCalls calls = new RecordedCalls();

	private final RecordedKeys keys = new RecordedKeys(this.calls);

	/** Calls of this side whose INVOKE was sent. */
	private Set<Integer> invoked = Collections.emptySet();

	private @Nullable CommitPipeline commits;

	private String self = "";

	/** Whether an event or a descriptor has left in part. */
	private boolean unfinished;

	/** Begins to record, as the owner with a name. */
	public void open(CommitPipeline created, String owner) {
		this.commits = created;
		this.keys.open(created);
		this.self = owner;
	}

	/** Stops recording: another peer owns the session. */
	public void close() {
		this.commits = null;
		this.keys.close();
		this.calls.clear();
		this.invoked = Collections.emptySet();
	}

	/** Whether this peer records: it owns a session that other pods can take over. */
	public boolean isOpen() {
		return this.commits != null;
	}

	/** The calls of the other side that are not answered yet. */
	public Collection<RecordedCall> calls() {
		return this.calls.all();
	}

	/**
	 * The unanswered call of the other side with a stream id; null when there is none.
	 */
	public @Nullable RecordedCall call(int id) {
		return this.calls.get(id);
	}

	/**
	 * The outcome of the call with an idempotency key; null when the key was not used.
	 */
	public @Nullable Outcome outcome(String idempotencyKey) {
		return this.keys.find(idempotencyKey);
	}

	/** The ids of streams that are used up. */
	@Override
	public void ids(int nextId, int lastRemoteId) {
		if (this.commits != null) {
			this.commits.put(RecordKey.STREAM_IDS.key(),
					() -> new RecordFormat.Writer().number(nextId).number(lastRemoteId).take());
		}
	}

	/** The other side has declared its limits. */
	public void limits(Limits remote) {
		if (this.commits != null) {
			this.commits.put(RecordKey.LIMITS.key(), () -> packLimits(remote));
		}
	}

	private static Bytes packLimits(Limits limits) {
		return new RecordFormat.Writer().number(limits.message())
			.number(limits.frame())
			.number(limits.item())
			.number(limits.assembly())
			.number(limits.streams())
			.number(limits.items())
			.number(limits.window())
			.number(limits.aliases())
			.number(limits.name())
			.number(limits.metadata())
			.number(limits.depth())
			.take();
	}

	/** Reads the limits of a record. */
	public static Limits unpackLimits(Bytes packed) {
		RecordFormat.Reader reader = new RecordFormat.Reader(packed);
		return new Limits((int) reader.number(), (int) reader.number(), (int) reader.number(), (int) reader.number(),
				(int) reader.number(), (int) reader.number(), (int) reader.number(), (int) reader.number(),
				(int) reader.number(), (int) reader.number(), (int) reader.number());
	}

	/** A call of the other side is accepted and has to be answered. */
	public void accepted(Frame.Invoke invoke, String action, Bytes arguments, @Nullable String idempotencyKey,
			boolean repeatable, boolean resumable, long expiry) {
		if (this.commits == null && idempotencyKey == null) {
			return;
		}
		Frame.Invoke named = new Frame.Invoke(invoke.streamId(), invoke.end(), Frame.Ref.name(action),
				invoke.metadata(), arguments);
		accepted(RecordedCall.of(this.self, named, idempotencyKey, repeatable, resumable, expiry));
	}

	/** A call of the other side is accepted for a follower, which has the action. */
	public void relayed(Frame.Invoke invoke, @Nullable String idempotencyKey, boolean repeatable, boolean resumable,
			long expiry, String runner) {
		accepted(RecordedCall.of(runner, invoke, idempotencyKey, repeatable, resumable, expiry));
	}

	/** A call is to be answered with an error, which may have to wait for its turn. */
	public void refused(int id) {
		if (this.commits != null) {
			accepted(new RecordedCall(this.self,
					new Frame.Invoke(id, true, Frame.Ref.name(RecordedCall.REFUSED), Bytes.EMPTY, Bytes.EMPTY), null,
					false, 0));
		}
	}

	/** Bytes of the heap that unanswered calls and idempotency keys take. */
	public long held() {
		return this.calls.held() + this.keys.held();
	}

	/** A call is accepted and has to be answered. */
	public void accepted(RecordedCall call) {
		int id = call.invoke.streamId();
		this.calls.put(id, call);
		if (this.commits != null) {
			this.commits.put(RecordKey.CALL.key(id), call::pack);
		}
		if (call.idempotencyKey != null) {
			this.keys.add(call.idempotencyKey, call.action());
		}
	}

	/** Items are granted to a call; a second run of the call needs them again. */
	public void credited(int id, long items) {
		RecordedCall call = (this.commits != null) ? this.calls.get(id) : null;
		if (call != null && this.commits != null && call.repeatable && !call.answered) {
			call.credit = Math.min(call.credit + items, Varint.MAX_COUNTER);
			this.commits.put(RecordKey.CALL.key(id), call::pack);
		}
	}

	/** A payload arrives in parts; 0 is for events and descriptors. */
	@Override
	public void recordPartial(int id) {
		if (this.commits != null) {
			this.commits.put(RecordKey.PARTIAL.key(id), () -> Bytes.EMPTY);
		}
	}

	@Override
	public void recordComplete(int id) {
		if (this.commits != null) {
			this.commits.remove(RecordKey.PARTIAL.key(id));
		}
	}

	/** The other side has defined an alias. */
	public void alias(int alias, String name) {
		if (this.commits != null) {
			this.commits.put(RecordKey.THEIR_ALIAS.key(alias), () -> Bytes.utf8(name));
		}
	}

	/** The other side has withdrawn an alias. */
	public void aliasWithdrawn(int alias) {
		if (this.commits != null) {
			this.commits.remove(RecordKey.THEIR_ALIAS.key(alias));
		}
	}

	/** A call of this side is over. */
	@Override
	public void closed(int id) {
		this.invoked.remove(id);
		if (this.commits != null) {
			this.commits.remove(RecordKey.OWN_CALL.key(id));
		}
	}

	/** A numbered frame is on its way to the other side. */
	@Override
	public void numbered(QueuedFrame numbered, boolean own) {
		if (this.commits != null) {
			this.commits.numbered(numbered);
		}
		Frame frame = numbered.frame();
		if (this.commits == null && this.calls.isEmpty()) {
			return;
		}
		if (frame.streamId() == 0) {
			unfinished(frame instanceof Frame.Part);
		}
		if (frame instanceof Frame.Define define) {
			defined(define);
		}
		else if (frame.streamId() == 0) {
			return;
		}
		else if (own) {
			calling(frame, numbered.owner());
		}
		else {
			answering(frame);
		}
	}

	@Override
	public void messageBuilt(long first, long last, Bytes frames) {
		if (this.commits != null) {
			this.commits.appended(first, last, frames);
		}
	}

	/**
	 * Records that an event or a descriptor has left in part: its rest is here only, and
	 * no other owner can go on with it.
	 */
	private void unfinished(boolean present) {
		if (this.commits != null && present != this.unfinished) {
			this.unfinished = present;
			if (present) {
				this.commits.put(UNFINISHED_SENT, () -> Bytes.EMPTY);
			}
			else {
				this.commits.remove(UNFINISHED_SENT);
			}
		}
	}

	private void defined(Frame.Define define) {
		if (this.commits == null || define.alias() == 0) {
			return;
		}
		String key = RecordKey.OWN_ALIAS.key(define.alias());
		if (define.name().isEmpty()) {
			this.commits.remove(key);
		}
		else {
			this.commits.put(key, () -> Bytes.utf8(define.name()));
		}
	}

	private void calling(Frame frame, QueuedFrame.@Nullable Owner owner) {
		int id = frame.streamId();
		boolean opens = frame instanceof Frame.Invoke;
		if (this.commits == null || this.invoked.contains(id) || (!opens && !(frame instanceof Frame.Part))) {
			return;
		}
		if (opens) {
			invoked(id);
		}
		String runner = (owner instanceof RemoteStream remote) ? remote.runner().name() : this.self;
		int localId = (owner instanceof RemoteStream remote) ? remote.localId() : id;
		this.commits.put(RecordKey.OWN_CALL.key(id),
				() -> new RecordFormat.Writer().number(opens ? 1 : 0).number(localId).text(runner).take());
	}

	private void answering(Frame frame) {
		RecordedCall call = this.calls.get(frame.streamId());
		if (call == null) {
			return;
		}
		boolean last = frame instanceof Frame.Error || (frame instanceof Frame.Item && frame.end());
		if (last) {
			this.calls.remove(frame.streamId());
			if (this.commits != null) {
				this.commits.remove(RecordKey.CALL.key(frame.streamId()));
			}
			if (call.idempotencyKey != null && this.keys.find(call.idempotencyKey) != null) {
				// CalleeStream marks each error after the action was entered.
				if (frame instanceof Frame.Error error && !error.mayHaveRun()) {
					this.keys.forget(call.idempotencyKey);
					return;
				}
				this.keys.answered(call.idempotencyKey, call.action(), call.answered ? null : frame);
			}
		}
		else if (!call.answered && (frame instanceof Frame.Part || hasBody(frame))) {
			call.answered = true;
			if (this.commits != null) {
				this.commits.put(RecordKey.CALL.key(frame.streamId()), call::pack);
			}
		}
	}

	private static boolean hasBody(Frame frame) {
		return frame instanceof Frame.Item item && !item.body().isEmpty();
	}

	/**
	 * The session begins a new log; idempotency keys are kept as long as it is the same.
	 */
	public void reset(String log, boolean sameSession) {
		if (!sameSession) {
			this.keys.clear();
		}
		// Calls that the reset has stopped may run again where that is safe.
		this.calls.all().forEach((call) -> {
			if (call.idempotencyKey != null && call.harmless) {
				this.keys.forget(call.idempotencyKey);
			}
		});
		this.calls.clear();
		this.invoked = Collections.emptySet();
		this.unfinished = false;
		if (this.commits != null) {
			this.commits.reset(log, RecordKey::outlivesReset);
		}
	}

	/** Records of calls that another owner has made. */
	public void restore(Map<String, Bytes> records) {
		records.forEach((key, value) -> {
			if (RecordKey.CALL.isOf(key)) {
				RecordedCall call = RecordedCall.unpack(value);
				this.calls.put(call.invoke.streamId(), call);
			}
		});
		this.keys.restore(records);
	}

	/** This peer runs a call from now on. */
	public void taken(RecordedCall call) {
		RecordedCall mine = call.at(this.self);
		int id = call.invoke.streamId();
		this.calls.put(id, mine);
		if (this.commits != null) {
			this.commits.put(RecordKey.CALL.key(id), mine::pack);
		}
	}

	/** The caller has closed a call, which needs no answer any more. */
	public void ended(int id) {
		RecordedCall call = this.calls.remove(id);
		if (call != null && this.commits != null) {
			this.commits.remove(RecordKey.CALL.key(id));
		}
	}

	/** Whether the INVOKE of a call of this side was sent. */
	public boolean isInvoked(int id) {
		return this.invoked.contains(id);
	}

	/** The INVOKE of a call of this side was sent. */
	public void invoked(int id) {
		if (this.invoked.isEmpty()) {
			this.invoked = new HashSet<>();
		}
		this.invoked.add(id);
	}

}
