package io.agentsocket.connection.takeover;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * A call of the other side that is not answered yet, with all that a second run needs.
 * Confined to the peer's loop.
 */
public final class RecordedCall {

	/** Arguments above this size are not kept for a second run. */
	private static final int MAX_KEPT = 16 * 1024;

	/** A call beside its metadata and arguments: four objects, an entry in a map. */
	private static final int CALL = 256;

	/** Stands for the action of a call that is refused; not a valid name. */
	static final String REFUSED = "-";

	final String runner;

	/** The INVOKE, with the name of the action and without PARTs. */
	final Frame.Invoke invoke;

	final @Nullable String idempotencyKey;

	/** Whether the action may run twice. */
	final boolean harmless;

	/**
	 * Whether the call can run again: the action may run twice, and the arguments are
	 * kept.
	 */
	final boolean repeatable;

	/** Milliseconds since 1970 at which its deadline passes, 0 for none. */
	final long expiry;

	/** Whether a part of the answer was sent. */
	boolean answered;

	/** Items granted since the INVOKE. */
	long credit;

	RecordedCall(String runner, Frame.Invoke invoke, @Nullable String idempotencyKey, boolean harmless, long expiry) {
		this(runner, invoke, idempotencyKey, harmless, harmless && invoke.arguments().length() <= MAX_KEPT, expiry);
	}

	/**
	 * A call that runs.
	 * @param harmless whether the action may run twice
	 * @param resumable whether another peer can go on with it
	 */
	static RecordedCall of(String runner, Frame.Invoke invoke, @Nullable String idempotencyKey, boolean harmless,
			boolean resumable, long expiry) {
		boolean kept = (harmless || resumable) && invoke.arguments().length() <= MAX_KEPT;
		return new RecordedCall(runner, invoke, idempotencyKey, harmless, kept, expiry);
	}

	private RecordedCall(String runner, Frame.Invoke invoke, @Nullable String idempotencyKey, boolean harmless,
			boolean kept, long expiry) {
		this.runner = runner;
		// Kept as long as the call runs: not with all of the message that it came in.
		this.invoke = new Frame.Invoke(invoke.streamId(), invoke.end(), invoke.ref(), invoke.metadata().detach(),
				kept ? invoke.arguments().detach() : Bytes.EMPTY);
		this.idempotencyKey = idempotencyKey;
		this.harmless = harmless;
		this.repeatable = kept;
		this.expiry = expiry;
	}

	/** Bytes of the heap that it takes. */
	long held() {
		return CALL + (long) this.invoke.metadata().array().length + this.invoke.arguments().array().length;
	}

	/** Name of the peer that runs it. */
	String runner() {
		return this.runner;
	}

	/** The INVOKE, with the name of the action and without PARTs. */
	public Frame.Invoke invoke() {
		return this.invoke;
	}

	/**
	 * Whether the call can run again: the action may run twice, or another peer can go on
	 * with it, and the arguments are kept.
	 */
	public boolean isRepeatable() {
		return this.repeatable;
	}

	/** Whether a part of the answer was sent. */
	public boolean isAnswered() {
		return this.answered;
	}

	/** Milliseconds since 1970 at which its deadline passes, 0 for none. */
	public long expiry() {
		return this.expiry;
	}

	/** Items granted since the INVOKE. */
	public long credit() {
		return this.credit;
	}

	/** Name of the action. */
	public String action() {
		return String.valueOf(this.invoke.ref().name());
	}

	/** The same call with another runner. */
	RecordedCall at(String other) {
		RecordedCall moved = new RecordedCall(other, this.invoke, this.idempotencyKey, this.harmless, this.repeatable,
				this.expiry);
		moved.answered = this.answered;
		moved.credit = this.credit;
		return moved;
	}

	/** Error for the caller when the call cannot run again. */
	ActionException lost() {
		return isRefused() ? new ActionException(ErrorCode.REFUSED, "Not run").retryable() : gone();
	}

	private boolean isRefused() {
		return this.action().equals(REFUSED);
	}

	Bytes pack() {
		int flags = (this.repeatable ? 1 : 0) | (this.answered ? 2 : 0) | (this.harmless ? 4 : 0);
		return new RecordFormat.Writer().number(flags)
			.number(this.expiry)
			.number(this.credit)
			.text(this.runner)
			.text((this.idempotencyKey != null) ? this.idempotencyKey : "")
			.frame(this.invoke)
			.take();
	}

	static RecordedCall unpack(Bytes packed) {
		RecordFormat.Reader reader = new RecordFormat.Reader(packed);
		long flags = reader.number();
		long expiry = reader.number();
		long credit = reader.number();
		String runner = reader.text();
		String key = reader.text();
		RecordedCall call = new RecordedCall(runner, (Frame.Invoke) reader.frame(), key.isEmpty() ? null : key,
				(flags & 4) != 0, (flags & 1) != 0, expiry);
		call.answered = (flags & 2) != 0;
		call.credit = credit;
		return call;
	}

	/** Error for a caller whose invocation ran in a pod that is gone. */
	static ActionException gone() {
		return new ActionException(ErrorCode.LOST, "The pod that ran the action is gone").mayHaveRun();
	}

}
