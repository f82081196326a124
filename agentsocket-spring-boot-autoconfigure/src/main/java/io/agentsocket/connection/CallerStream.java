package io.agentsocket.connection;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.function.Consumer;

import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Metadata.Progress;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Utf8;
import io.agentsocket.protocol.Varint;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * An invocation of an action of the other side. Its subscriber's demand becomes credit,
 * its cancellation an INTERRUPT; it sees exactly one terminal signal.
 *
 * @param <T> type of the results
 */
final class CallerStream<T> extends Stream implements Subscription, ItemSource.Owner {

	private static final Log logger = LogFactory.getLog(CallerStream.class);

	/** A call that was sent so often and met a reset each time is not sent once more. */
	private static final int MAX_REPEATS = 3;

	/** What becomes of a call when the session is reset. */
	enum AfterReset {

		/** It ends. */
		FAILS,

		/** It is made again. */
		REPEATED,

		/** It is made again if the other side says that its action may run twice. */
		UNDECIDED

	}

	private enum State {

		/** Nothing was requested yet. */
		NEW,

		/** Waits for a free stream or room in the send queue. */
		WAITING,

		/** INVOKE is queued or sent. */
		OPEN,

		/** The subscriber is done; the other side has not ended the stream yet. */
		ENDING,

		/** Over. */
		CLOSED

	}

	private final Peer peer;

	private final PeerInvocation call;

	private final Type type;

	private final boolean single;

	private final CoreSubscriber<? super T> subscriber;

	private Bytes arguments = Bytes.EMPTY;

	private State state = State.NEW;

	private final @Nullable String idempotencyKey;

	private boolean byName;

	private boolean aliased;

	/** Whether the call was asked to stop after its step. */
	private boolean stopping;

	/** How often it was made again after a reset although it had been sent. */
	private int repeats;

	private int id;

	private long demand;

	/** Items that the other side may send in all. */
	private long granted;

	private long received;

	private @Nullable QueuedFrame invoke;

	private @Nullable QueuedFrame queuedCredit;

	private @Nullable ItemSource source;

	private @Nullable Disposable timer;

	private @Nullable Disposable stopSignal;

	private long deadlineNanos;

	private @Nullable T value;

	private @Nullable ByteArrayOutputStream joined;

	private @Nullable FrameType joinedType;

	CallerStream(Peer peer, PeerInvocation call, Type type, boolean single, CoreSubscriber<? super T> subscriber) {
		this.peer = peer;
		this.call = call;
		this.type = type;
		this.single = single;
		this.subscriber = subscriber;
		this.idempotencyKey = call.newIdempotencyKey();
	}

	void start() {
		try {
			this.arguments = (this.call.arguments != null) ? this.peer.codec().encode(this.call.arguments)
					: Bytes.EMPTY;
		}
		catch (CodecException ex) {
			Operators.error(this.subscriber, ex);
			return;
		}
		this.subscriber.onSubscribe(this);
	}

	@Override
	public void request(long n) {
		if (!Operators.validate(n)) {
			return;
		}
		if (this.peer.inLoop()) {
			requested(n);
		}
		else {
			this.peer.execute(() -> requested(n));
		}
	}

	@Override
	public void cancel() {
		this.peer.execute(() -> {
			this.value = null;
			this.joined = null;
			quit();
		});
	}

	private void requested(long n) {
		this.demand = Operators.addCap(this.demand, n);
		if (this.state == State.NEW) {
			this.state = State.WAITING;
			begin();
		}
		else if (this.state == State.OPEN && this.granted != Long.MAX_VALUE) {
			long more = Math.min(this.demand, this.received + Varint.MAX_COUNTER) - this.granted;
			if (more > 0) {
				this.granted += more;
				grant(more);
			}
		}
	}

	private void begin() {
		Duration timeout = this.call.timeout;
		if (timeout != null) {
			Duration bounded = Peer.bounded(timeout);
			this.deadlineNanos = this.peer.now() + bounded.toNanos();
			this.timer = this.peer.schedule(this::expire, bounded);
		}
		CalleeStream parent = this.call.parent;
		if (parent != null) {
			if (parent.isEnded()) {
				parentEnded();
				return;
			}
			parent.nested(this);
		}
		if (this.arguments.length() > this.peer.remote().item()) {
			fail(new ActionException(ErrorCode.TOO_LARGE, "The arguments exceed what the other side accepts"));
			return;
		}
		this.peer.open(this);
	}

	private void grant(long items) {
		if (this.queuedCredit != null && this.queuedCredit.isQueued()
				&& this.queuedCredit.frame() instanceof Frame.Credit queued) {
			this.peer.replace(this.queuedCredit, new Frame.Credit(this.id, queued.items() + items));
			return;
		}
		this.queuedCredit = sendBehindInvoke(new Frame.Credit(this.id, items));
	}

	/** Send at once, but never ahead of the INVOKE that opens the stream. */
	private QueuedFrame sendBehindInvoke(Frame frame) {
		return isInvoked() ? this.peer.sendPrompt(frame, this) : this.peer.send(frame, this);
	}

	boolean isWaiting() {
		return this.state == State.WAITING;
	}

	/** The peer has a free stream: queue the INVOKE. */
	void open(int streamId) {
		this.id = streamId;
		this.state = State.OPEN;
		this.peer.opened(this);
		this.granted = (this.single || this.demand >= Varint.MAX_COUNTER) ? Long.MAX_VALUE : this.demand;
		try {
			Frame.Invoke frame = invocation();
			this.invoke = this.peer.send(frame, this);
			this.aliased = frame.ref().name() == null;
			if (this.call.items != null) {
				// Such a call is not made again.
				this.arguments = Bytes.EMPTY;
			}
			startItems();
			if (this.stopping) {
				sendStop();
			}
			awaitStopSignal();
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	private Frame.Invoke invocation() {
		Bytes metadata = this.peer.codec().encodeMetadata(metadata());
		Frame.Ref ref = this.byName ? Frame.Ref.name(this.call.action) : this.peer.ref(this.call.action);
		Frame.Invoke frame = new Frame.Invoke(this.id, this.call.items == null, ref, metadata, this.arguments);
		Limits remote = this.peer.remote();
		if (metadata.length() > remote.metadata()
				|| FrameWriter.bound(frame) - this.arguments.length() > remote.frame()) {
			throw new ActionException(ErrorCode.TOO_LARGE, "The call exceeds what the other side accepts");
		}
		if (this.call.action.length() > remote.name()) {
			throw new ActionException(ErrorCode.NOT_FOUND, "The name is longer than the other side accepts");
		}
		return frame;
	}

	private void startItems() {
		Publisher<?> items = this.call.items;
		if (items != null) {
			ItemSource created = new ItemSource(this.peer, this, this, null, null, this.peer.remote().items(),
					this.subscriber.currentContext());
			this.source = created;
			created.start(items);
		}
	}

	private void awaitStopSignal() {
		Publisher<?> signal = this.call.stopSignal;
		if (signal == null || this.stopSignal != null || this.state != State.OPEN) {
			return;
		}
		Disposable created = Flux.from(signal)
			.take(1)
			.onErrorComplete()
			.contextWrite(this.subscriber.currentContext())
			.subscribe(null, null, () -> this.peer.execute(this::stopAfterStep));
		this.stopSignal = created;
		if (this.state != State.OPEN) {
			created.dispose();
		}
	}

	private void stopAfterStep() {
		this.stopping = true;
		if (this.state == State.OPEN) {
			sendStop();
		}
	}

	private void sendStop() {
		sendBehindInvoke(new Frame.Interrupt(this.id, Frame.Interrupt.AFTER_STEP, Bytes.EMPTY, ""));
	}

	private Metadata metadata() {
		CalleeStream parent = this.call.parent;
		long nanos = (this.timer != null) ? this.deadlineNanos - this.peer.now() : Long.MAX_VALUE;
		if (parent != null) {
			nanos = Math.min(nanos, parent.nanosLeft());
		}
		long deadline = (nanos != Long.MAX_VALUE) ? Math.max(1, (nanos + 999_999) / 1_000_000) : -1;
		long credit = (this.granted != Long.MAX_VALUE) ? this.granted : -1;
		if (parent == null && deadline < 0 && credit < 0 && this.idempotencyKey == null
				&& this.call.traceparent == null) {
			return Metadata.NONE;
		}
		return new Metadata((parent != null) ? parent.id() : 0, deadline, this.idempotencyKey, this.call.traceparent,
				credit, null, null, null, (parent != null) ? parent.depth() + 1 : 0);
	}

	private boolean isInvoked() {
		return this.invoke != null && this.invoke.isSent();
	}

	@Override
	int id() {
		return this.id;
	}

	@Override
	void item(Frame.Item frame, Bytes body, Metadata metadata) {
		if (this.state == State.OPEN) {
			report(metadata.progress());
		}
		if (this.state == State.OPEN && !body.isEmpty()) {
			accept(frame, body);
		}
		if (frame.end()) {
			ended();
		}
	}

	private void report(@Nullable Progress progress) {
		Consumer<Progress> listener = this.call.progressListener;
		if (progress != null && listener != null) {
			try {
				listener.accept(progress);
			}
			catch (Throwable ex) {
				fail(ex);
			}
		}
	}

	private void accept(Frame.Item frame, Bytes body) {
		if (++this.received > this.granted) {
			breakOff(overrun());
			return;
		}
		try {
			if (frame.type() == FrameType.TEXT && !Utf8.isValid(body)) {
				throw new CodecException(true, "", "text that is not UTF-8", null);
			}
			if (this.single) {
				collect(frame, body);
				return;
			}
			T item = Items.decode(this.peer.codec(), frame.type(), body, this.type);
			if (item == null) {
				throw new CodecException(false, "", "an item of a stream is null", null);
			}
			this.subscriber.onNext(item);
		}
		catch (CodecException ex) {
			undecodable(ex);
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	/**
	 * Bytes that are nothing end the stream; those that do not fit here, the interest.
	 */
	private void undecodable(CodecException error) {
		if (error.isMalformed()) {
			breakOff(new ActionException(ErrorCode.INVALID_ARGUMENT, "An item cannot be decoded").withCause(error));
		}
		else {
			fail(error);
		}
	}

	private static ActionException overrun() {
		return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "More items were sent than there was credit for");
	}

	private void collect(Frame.Item frame, Bytes body) {
		if (frame.type() == FrameType.DATA) {
			this.value = Items.decode(this.peer.codec(), frame.type(), body, this.type);
			return;
		}
		if (this.joined == null && frame.end()) {
			this.value = Items.decode(this.peer.codec(), frame.type(), body, this.type);
			return;
		}
		ByteArrayOutputStream whole = (this.joined != null) ? this.joined : new ByteArrayOutputStream();
		if (whole.size() + body.length() > this.peer.local().item()) {
			throw new CodecException(false, "", "a stream whose pieces exceed one item", null);
		}
		whole.write(body.array(), body.offset(), body.length());
		this.joined = whole;
		this.joinedType = frame.type();
	}

	/** The other side ended the stream. */
	private void ended() {
		boolean open = this.state == State.OPEN;
		close();
		if (!open) {
			return;
		}
		try {
			T result = this.single ? result() : null;
			if (result != null) {
				this.subscriber.onNext(result);
			}
		}
		catch (Throwable ex) {
			signalError(ex);
			return;
		}
		this.subscriber.onComplete();
	}

	private @Nullable T result() {
		ByteArrayOutputStream whole = this.joined;
		FrameType frameType = this.joinedType;
		return (whole != null && frameType != null)
				? Items.decode(this.peer.codec(), frameType, Bytes.of(whole.toByteArray()), this.type) : this.value;
	}

	@Override
	void failed(ActionException error) {
		boolean open = this.state == State.OPEN;
		if (open && this.aliased && this.call.items == null && this.received == 0
				&& error.code() == ErrorCode.UNKNOWN_ALIAS.code()) {
			repeatByName();
			return;
		}
		close();
		if (open) {
			signalError(ofAll(error));
		}
	}

	/**
	 * What an error of the latest attempt means for the call: an earlier one may have
	 * run.
	 */
	private ActionException ofAll(ActionException error) {
		if (this.repeats == 0) {
			return error;
		}
		boolean known = this.idempotencyKey != null && error.hasMaybeRun()
				&& error.code() == ErrorCode.ALREADY_EXISTS.code();
		return known
				? new ActionException(ErrorCode.LOST, "The session was reset, and the result is not kept").mayHaveRun()
					.withCause(error)
				: error.mayHaveRun();
	}

	/** What becomes of the call when the session is reset. */
	AfterReset afterReset(boolean sameSession) {
		boolean whole = this.state == State.OPEN && this.call.items == null && this.call.parent == null;
		if (!whole || (!this.single && this.received > 0)) {
			return AfterReset.FAILS;
		}
		if (!isInvoked()) {
			return AfterReset.REPEATED;
		}
		if (this.repeats == MAX_REPEATS) {
			return AfterReset.FAILS;
		}
		Boolean idempotent = this.call.idempotent;
		if (Boolean.TRUE.equals(idempotent) || (sameSession && this.idempotencyKey != null)) {
			return AfterReset.REPEATED;
		}
		return (idempotent != null) ? AfterReset.FAILS : AfterReset.UNDECIDED;
	}

	/** Wait to be opened once more: the session was reset. */
	void awaitRepetition() {
		if (isInvoked()) {
			this.repeats++;
		}
		this.byName = false;
		withdraw();
	}

	String action() {
		return this.call.action;
	}

	/**
	 * The alias was withdrawn meanwhile, nothing has run: the name tells the action, too.
	 */
	private void repeatByName() {
		withdraw();
		this.byName = true;
		this.peer.open(this);
	}

	/** Become a call that was not opened yet. */
	private void withdraw() {
		this.peer.discard(this);
		this.peer.callerClosed(this);
		this.id = 0;
		this.invoke = null;
		this.queuedCredit = null;
		forgetSentFrames();
		this.received = 0;
		this.value = null;
		this.joined = null;
		this.joinedType = null;
		this.state = State.WAITING;
	}

	@Override
	void breakOff(ActionException reason) {
		boolean open = this.state == State.OPEN;
		close();
		this.peer.sendPrompt(this.peer.errorFrame(this.id, reason), null);
		if (open) {
			signalError(reason);
		}
	}

	@Override
	void abandon(ActionException reason) {
		boolean running = isRunning();
		boolean untold = this.state == State.OPEN && !isInvoked();
		close();
		if (running) {
			// What the other side does not know of has not run.
			signalError(ofAll((untold && reason.hasMaybeRun())
					? new ActionException(reason.code(), String.valueOf(reason.getMessage())).retryable() : reason));
		}
	}

	private void expire() {
		fail(new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed"));
	}

	/** The invocation that this one is nested into has ended. */
	void parentEnded() {
		fail(new ActionException(ErrorCode.CANCELLED, "The invocation that this one belongs to has ended"));
	}

	/** Give up for a reason of this side. */
	private void fail(Throwable reason) {
		if (isRunning()) {
			quit();
			signalError((reason instanceof ActionException exception) ? ofAll(exception) : reason);
		}
	}

	private void signalError(Throwable reason) {
		try {
			this.subscriber.onError(reason);
		}
		catch (Throwable ex) {
			logger.error("A subscriber failed to take an error", ex);
		}
	}

	private boolean isRunning() {
		return this.state == State.OPEN || this.state == State.WAITING;
	}

	/** Give up, and tell the other side if it knows of the call. */
	private void quit() {
		if (this.state == State.OPEN && isInvoked()) {
			this.state = State.ENDING;
			release();
			this.peer.discard(this);
			this.peer.sendPrompt(new Frame.Interrupt(this.id, Frame.Interrupt.NOW, Bytes.EMPTY, ""), this);
		}
		else if (this.state != State.ENDING) {
			close();
		}
	}

	private void close() {
		if (this.state == State.CLOSED) {
			return;
		}
		this.state = State.CLOSED;
		release();
		boolean halfOpened = hasSentFrames() && !isInvoked();
		this.peer.discard(this);
		this.peer.callerClosed(this);
		if (halfOpened) {
			// The other side waits for the INVOKE that belongs to the PARTs.
			this.peer.sendPrompt(this.peer.errorFrame(this.id, new ActionException(ErrorCode.CANCELLED, "Not invoked")),
					null);
		}
	}

	/** End what belongs to the call on this side. */
	private void release() {
		if (this.timer != null) {
			this.timer.dispose();
		}
		if (this.stopSignal != null) {
			this.stopSignal.dispose();
		}
		if (this.source != null) {
			this.source.cancel();
		}
		if (this.call.parent != null) {
			this.call.parent.nestedEnded(this);
		}
	}

	@Override
	void credit(long items) {
		if (this.source != null) {
			this.source.grant(items);
		}
	}

	@Override
	void resume() {
		if (this.source != null) {
			this.source.replenish();
		}
	}

	@Override
	public void sourceCompleted() {
		// The end of the items does not end the invocation.
	}

	@Override
	public void sourceFailed(Throwable error) {
		fail(error);
	}

}
