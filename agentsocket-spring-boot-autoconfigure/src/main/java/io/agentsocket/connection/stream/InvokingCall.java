package io.agentsocket.connection.stream;

import java.time.Duration;

import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Varint;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The way of a call to the other side: it waits, its INVOKE is queued, credit and items
 * of the caller follow, and it ends in both directions. Answers are for the
 * {@link CallerStream}. Runs in the peer's loop.
 */
abstract class InvokingCall extends OutgoingCall implements OutboundItems.Owner, ParentCall.Nested {

	final StreamContext context;

	final CallRequest call;

	/** Whether the call has one result. */
	final boolean single;

	private final CoreSubscriber<?> subscriber;

	final @Nullable String idempotencyKey;

	/** Rest of the call's time when it is made. */
	private final @Nullable Duration timeout;

	private Bytes arguments = Bytes.EMPTY;

	private CallState state = CallState.NEW;

	/** Made when the call may be sent once more, which is seldom. */
	private @Nullable CallRepeats repeats;

	private boolean aliased;

	/** Whether the call was asked to stop after its step. */
	private boolean stopping;

	private int id;

	private long demand;

	/** Items that the other side may send in all. */
	private long granted;

	private long received;

	private @Nullable QueuedFrame invoke;

	private @Nullable QueuedFrame queuedCredit;

	private @Nullable OutboundItems source;

	private @Nullable Disposable timer;

	private @Nullable Disposable stopSignal;

	private long deadlineNanos;

	InvokingCall(StreamContext context, CallRequest call, @Nullable Duration timeout, boolean single,
			CoreSubscriber<?> subscriber) {
		this.context = context;
		this.call = call;
		this.timeout = timeout;
		this.single = single;
		this.subscriber = subscriber;
		this.idempotencyKey = call.newIdempotencyKey();
	}

	/** The subscriber fails with an error. */
	abstract void signalError(Throwable reason);

	/** Forget results that the subscriber has not got. */
	abstract void forgetResults();

	/** Encodes the arguments, on the thread that subscribes. */
	final void prepare() {
		this.arguments = this.call.encodeArguments(this.context.codec());
	}

	/** The subscriber wants more. */
	final void requested(long n) {
		this.demand = Operators.addCap(this.demand, n);
		if (this.state == CallState.NEW) {
			this.state = CallState.WAITING;
			begin();
		}
		else if (this.state == CallState.OPEN && this.granted != Long.MAX_VALUE) {
			long more = Math.min(this.demand, this.received + Varint.MAX_COUNTER) - this.granted;
			if (more > 0) {
				this.granted += more;
				grant(more);
			}
		}
	}

	private void begin() {
		setHeld(this.context.holdings(), Holdings.ofOwnCall(this.arguments.length()));
		if (this.timeout != null) {
			Duration bounded = PeerLoop.bounded(this.timeout);
			this.deadlineNanos = this.context.loop().now() + bounded.toNanos();
			this.timer = this.context.loop().schedule(this::expire, bounded);
		}
		ParentCall parent = this.call.parent;
		if (parent != null) {
			if (parent.isEnded()) {
				parentEnded();
				return;
			}
			parent.addNested(this);
		}
		if (this.arguments.length() > this.context.remote().item()) {
			fail(new ActionException(ErrorCode.TOO_LARGE, "The arguments exceed what the other side accepts"));
			return;
		}
		this.context.calls().open(this);
	}

	private void grant(long items) {
		if (this.queuedCredit != null && this.queuedCredit.isQueued()
				&& this.queuedCredit.frame() instanceof Frame.Credit queued) {
			this.context.sendQueue().replace(this.queuedCredit, new Frame.Credit(this.id, queued.items() + items));
			return;
		}
		this.queuedCredit = sendBehindInvoke(new Frame.Credit(this.id, items));
	}

	/** Send at once, but never ahead of the INVOKE that opens the stream. */
	private QueuedFrame sendBehindInvoke(Frame frame) {
		return isInvoked() ? this.context.sendQueue().addPrompt(frame, this)
				: this.context.sendQueue().add(frame, this);
	}

	@Override
	public boolean isRecorded() {
		return this.call.parent == null || this.call.parent.isRecorded();
	}

	@Override
	final boolean isWaiting() {
		return this.state == CallState.WAITING;
	}

	/** Whether the subscriber takes results. */
	final boolean isOpen() {
		return this.state == CallState.OPEN;
	}

	@Override
	final void open(int streamId) {
		this.id = streamId;
		this.state = CallState.OPEN;
		this.context.calls().opened(this);
		this.granted = (this.single || this.demand >= Varint.MAX_COUNTER) ? Long.MAX_VALUE : this.demand;
		try {
			Metadata described = this.call.metadata(this.idempotencyKey, nanosLeft(), this.granted);
			Bytes metadata = this.context.codec().encodeMetadata(described);
			Frame.Invoke frame = this.call.toFrame(this.id, metadata, this.arguments,
					this.call.ref(this.context.theirAliases(), this.repeats != null && this.repeats.isByName()),
					this.context.remote());
			this.invoke = this.context.sendQueue().add(frame, this);
			this.aliased = frame.ref().name() == null;
			if (this.call.items != null) {
				// A call with items is not made again.
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

	private void startItems() {
		Publisher<?> items = this.call.items;
		if (items != null) {
			OutboundItems created = new OutboundItems(this.context, this, this, null, null,
					this.context.remote().items(), this.subscriber.currentContext());
			this.source = created;
			created.start(items);
		}
	}

	private void awaitStopSignal() {
		Publisher<?> signal = this.call.stopSignal;
		if (signal == null || this.stopSignal != null || this.state != CallState.OPEN) {
			return;
		}
		Disposable created = Flux.from(signal)
			.take(1)
			.onErrorComplete()
			.contextWrite(this.subscriber.currentContext())
			.subscribe(null, null, () -> this.context.loop().execute(this::stopAfterStep));
		this.stopSignal = created;
		if (this.state != CallState.OPEN) {
			created.dispose();
		}
	}

	private void stopAfterStep() {
		this.stopping = true;
		if (this.state == CallState.OPEN) {
			sendStop();
		}
	}

	private void sendStop() {
		sendBehindInvoke(new Frame.Interrupt(this.id, Frame.Interrupt.AFTER_STEP, Bytes.EMPTY, ""));
	}

	/** Nanoseconds until the deadline, or the maximum when there is none. */
	private long nanosLeft() {
		return (this.timer != null) ? this.deadlineNanos - this.context.loop().now() : Long.MAX_VALUE;
	}

	private boolean isInvoked() {
		return this.invoke != null && this.invoke.isSent();
	}

	@Override
	public final int id() {
		return this.id;
	}

	/** Count an item of the other side; false when there was no credit for it. */
	final boolean countItem() {
		return ++this.received <= this.granted;
	}

	/** Send the call once more if an error says why it has not run, and not for long. */
	final boolean sendAgain(ActionException error) {
		if (this.state != CallState.OPEN || this.call.items != null || this.received > 0
				|| !repeats().isSentAgain(error, this.aliased)) {
			return false;
		}
		leave();
		withdraw();
		this.context.calls().open(this);
		return true;
	}

	private CallRepeats repeats() {
		CallRepeats present = (this.repeats != null) ? this.repeats : new CallRepeats(this.call, this.idempotencyKey);
		this.repeats = present;
		return present;
	}

	/** Meaning of an error of the latest attempt for the call. */
	final ActionException ofAll(ActionException error) {
		return (this.repeats != null) ? this.repeats.ofAll(error) : error;
	}

	@Override
	final boolean wasSent() {
		return this.repeats != null && this.repeats.wasSent();
	}

	@Override
	final AfterReset afterReset(boolean sameSession) {
		boolean whole = this.state.isRunning() && this.call.items == null && this.call.parent == null;
		if (!whole || (!this.single && this.received > 0)) {
			return AfterReset.FAILS;
		}
		return repeats().afterReset(isInvoked(), sameSession);
	}

	@Override
	public final void awaitRepetition() {
		repeats().reset(isInvoked());
		this.context.sendQueue().discard(this);
		this.context.calls().callerClosed(this);
		withdraw();
	}

	@Override
	final String action() {
		return this.call.action;
	}

	/** Become a call that was not opened yet. */
	private void withdraw() {
		this.id = 0;
		this.invoke = null;
		this.queuedCredit = null;
		forgetSentFrames();
		this.received = 0;
		forgetResults();
		this.state = CallState.WAITING;
	}

	@Override
	public final void breakOff(ActionException reason) {
		boolean open = this.state == CallState.OPEN;
		close();
		this.context.sendQueue().addPrompt(this.context.errorFrame(this.id, reason), null);
		if (open) {
			signalError(reason.mayHaveRun());
		}
	}

	@Override
	public final void abandon(ActionException reason) {
		boolean running = this.state.isRunning();
		boolean sent = isInvoked() || wasSent();
		boolean open = this.state == CallState.OPEN;
		close();
		if (running) {
			signalError(ofAll(sent ? reason.mayHaveRun() : ErrorMapping.untold(reason, open)));
		}
	}

	private void expire() {
		fail(new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed"));
	}

	@Override
	public final void parentEnded() {
		fail(new ActionException(ErrorCode.CANCELLED, "The invocation that this one belongs to has ended"));
	}

	/** Gives the call up for a reason of this side. */
	final void fail(Throwable reason) {
		if (this.state.isRunning()) {
			boolean invoked = isInvoked();
			quit();
			signalError((reason instanceof ActionException exception)
					? ofAll(invoked ? exception.mayHaveRun() : exception) : reason);
		}
	}

	/** Gives the call up, and tells the other side if it knows of the call. */
	final void quit() {
		if (this.state == CallState.OPEN && isInvoked()) {
			this.state = CallState.ENDING;
			release();
			this.context.sendQueue().discard(this);
			this.context.sendQueue()
				.addPrompt(new Frame.Interrupt(this.id, Frame.Interrupt.NOW, Bytes.EMPTY, ""), this);
		}
		else if (this.state != CallState.ENDING) {
			close();
		}
	}

	/** End the stream on this side. */
	final void close() {
		if (this.state == CallState.CLOSED) {
			return;
		}
		this.state = CallState.CLOSED;
		release();
		leave();
	}

	/** Leave the stream: the other side waits for the INVOKE that belongs to PARTs. */
	private void leave() {
		boolean halfOpened = hasSentFrames() && !isInvoked();
		this.context.sendQueue().discard(this);
		this.context.calls().callerClosed(this);
		if (halfOpened) {
			ActionException reason = new ActionException(ErrorCode.CANCELLED, "Not invoked");
			this.context.sendQueue().addPrompt(this.context.errorFrame(this.id, reason), null);
		}
	}

	/** End all that belongs to the call on this side. */
	private void release() {
		setHeld(this.context.holdings(), 0);
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
			this.call.parent.removeNested(this);
		}
	}

	@Override
	public final void credit(long items) {
		if (this.source != null) {
			this.source.grant(items);
		}
	}

	@Override
	public final void resume() {
		if (this.source != null) {
			this.source.replenish();
		}
	}

	@Override
	public final void sourceCompleted() {
		// The end of the items does not end the invocation.
	}

	@Override
	public final void sourceFailed(Throwable error) {
		fail(error);
	}

}
