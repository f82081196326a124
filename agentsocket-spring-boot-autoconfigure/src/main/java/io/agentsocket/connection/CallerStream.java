package io.agentsocket.connection;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.function.Consumer;

import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Metadata.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Varint;
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

	private int id;

	private long demand;

	private long received;

	private @Nullable OutFrame invoke;

	private @Nullable OutFrame queuedCredit;

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
		long before = this.demand;
		this.demand = Operators.addCap(before, n);
		if (this.state == State.NEW) {
			this.state = State.WAITING;
			begin();
		}
		else if (this.state == State.OPEN && !this.single && before != Long.MAX_VALUE) {
			grant(Math.min(n, Varint.MAX_COUNTER / 2));
		}
	}

	private void begin() {
		Duration timeout = this.call.timeout;
		if (timeout != null) {
			this.deadlineNanos = System.nanoTime() + timeout.toNanos();
			this.timer = this.peer.schedule(this::expire, timeout);
		}
		CalleeStream parent = this.call.parent;
		if (parent != null) {
			if (parent.isEnded()) {
				fail(new ActionException(ErrorCode.CANCELLED, "The invocation that this one belongs to has ended"));
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
		if (this.queuedCredit != null && !this.queuedCredit.isSent()
				&& this.queuedCredit.frame() instanceof Frame.Credit queued) {
			this.peer.replace(this.queuedCredit,
					new Frame.Credit(this.id, Math.min(queued.items() + items, Varint.MAX_COUNTER)));
			return;
		}
		Frame.Credit frame = new Frame.Credit(this.id, items);
		// A frame must not overtake the INVOKE that opens its stream.
		this.queuedCredit = isInvoked() ? this.peer.sendPrompt(frame, this) : this.peer.send(frame, this);
	}

	boolean isWaiting() {
		return this.state == State.WAITING;
	}

	/** The peer has a free stream: queue the INVOKE. */
	void open(int streamId) {
		this.id = streamId;
		this.state = State.OPEN;
		this.invoke = this.peer.send(new Frame.Invoke(streamId, this.call.items == null,
				this.peer.ref(this.call.action), this.peer.codec().encodeMetadata(metadata()), this.arguments), this);
		this.arguments = Bytes.EMPTY;
		Publisher<?> items = this.call.items;
		if (items != null) {
			ItemSource created = new ItemSource(this.peer, this, this, null, this.peer.remote().items(),
					this.subscriber.currentContext());
			this.source = created;
			created.start(items);
		}
		Publisher<?> signal = this.call.stopSignal;
		if (signal != null && this.state == State.OPEN) {
			this.stopSignal = Flux.from(signal).take(1).subscribe((any) -> stopAfterStep(), (error) -> {
			}, this::stopAfterStep);
		}
	}

	private Metadata metadata() {
		CalleeStream parent = this.call.parent;
		long deadline = (this.timer != null)
				? Math.max(0, (this.deadlineNanos - System.nanoTime() + 999_999) / 1_000_000) : -1;
		if (parent != null && deadline < 0 && parent.deadline().isPresent()) {
			deadline = Math.max(0, Duration.between(java.time.Instant.now(), parent.deadline().get()).toMillis());
		}
		long credit = (this.single || this.demand == Long.MAX_VALUE) ? -1 : this.demand;
		if (parent == null && deadline < 0 && credit < 0 && this.call.callKey == null
				&& this.call.traceparent == null) {
			return Metadata.NONE;
		}
		return new Metadata((parent != null) ? parent.id() : 0, deadline, this.call.callKey, this.call.traceparent,
				credit, null, null, null, (parent != null) ? parent.depth() + 1 : 0);
	}

	private boolean isInvoked() {
		return this.invoke != null && this.invoke.isSent();
	}

	private void stopAfterStep() {
		this.peer.execute(() -> {
			if (this.state == State.OPEN) {
				Frame.Interrupt frame = new Frame.Interrupt(this.id, Frame.Interrupt.AFTER_STEP, Bytes.EMPTY, "");
				if (isInvoked()) {
					this.peer.sendPrompt(frame, this);
				}
				else {
					this.peer.send(frame, this);
				}
			}
		});
	}

	@Override
	int id() {
		return this.id;
	}

	@Override
	void item(Frame.Item frame, Bytes body, Metadata metadata) {
		if (this.state == State.OPEN) {
			Progress progress = metadata.progress();
			Consumer<Progress> listener = this.call.progressListener;
			if (progress != null && listener != null) {
				listener.accept(progress);
			}
			if (!body.isEmpty() && this.state == State.OPEN) {
				accept(frame, body);
			}
		}
		if (frame.end()) {
			ended();
		}
	}

	private void accept(Frame.Item frame, Bytes body) {
		if (!this.single && this.demand != Long.MAX_VALUE && ++this.received > this.demand) {
			this.peer.sendPrompt(this.peer.errorFrame(this.id, overrun()), this);
			fail(overrun());
			return;
		}
		try {
			if (this.single) {
				collect(frame, body);
				return;
			}
			T item = Items.decode(this.peer.codec(), frame.type(), body, this.type);
			if (item != null) {
				this.subscriber.onNext(item);
			}
			else {
				fail(new ActionException(ErrorCode.INTERNAL, "An item of the stream is null"));
			}
		}
		catch (CodecException ex) {
			quit();
			this.subscriber.onError(ex);
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
		if (this.single) {
			T result = this.value;
			if (this.joined != null && this.joinedType != null) {
				try {
					result = Items.decode(this.peer.codec(), this.joinedType, Bytes.of(this.joined.toByteArray()),
							this.type);
				}
				catch (CodecException ex) {
					this.subscriber.onError(ex);
					return;
				}
			}
			if (result != null) {
				this.subscriber.onNext(result);
			}
		}
		this.subscriber.onComplete();
	}

	@Override
	void failed(ActionException error) {
		boolean open = this.state == State.OPEN;
		close();
		if (open) {
			this.subscriber.onError(error);
		}
	}

	@Override
	void abandon(ActionException reason) {
		boolean open = this.state == State.OPEN || this.state == State.WAITING;
		close();
		this.peer.discard(this);
		if (open) {
			this.subscriber.onError(reason);
		}
	}

	private void expire() {
		if (quit()) {
			this.subscriber.onError(new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed"));
		}
	}

	/** The invocation that this one is nested into has ended. */
	void parentEnded() {
		if (quit()) {
			this.subscriber
				.onError(new ActionException(ErrorCode.CANCELLED, "The invocation that this one belongs to has ended"));
		}
	}

	/** Give up locally and at the other side; returns whether it was still running. */
	private boolean quit() {
		boolean running = this.state == State.OPEN || this.state == State.WAITING;
		if (this.state == State.NEW || this.state == State.WAITING) {
			close();
		}
		else if (this.state == State.OPEN) {
			release();
			this.peer.discard(this);
			if (this.sentFrames == 0) {
				close();
			}
			else if (isInvoked()) {
				this.state = State.ENDING;
				this.peer.sendPrompt(new Frame.Interrupt(this.id, Frame.Interrupt.NOW, Bytes.EMPTY, ""), this);
			}
			else {
				close();
				this.peer.sendPrompt(
						this.peer.errorFrame(this.id, new ActionException(ErrorCode.CANCELLED, "Not invoked")), null);
			}
		}
		return running;
	}

	private void fail(ActionException reason) {
		boolean running = this.state == State.OPEN || this.state == State.WAITING;
		close();
		this.peer.discard(this);
		if (running) {
			this.subscriber.onError(reason);
		}
	}

	private void close() {
		if (this.state != State.CLOSED) {
			this.state = State.CLOSED;
			release();
			this.peer.callerClosed(this);
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
		if (quit()) {
			this.subscriber.onError(error);
		}
	}

}
