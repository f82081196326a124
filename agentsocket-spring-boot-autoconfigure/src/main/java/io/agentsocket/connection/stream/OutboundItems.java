package io.agentsocket.connection.stream;

import java.lang.reflect.Type;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import io.agentsocket.action.ResultEncoder;
import io.agentsocket.action.ResultShape;
import io.agentsocket.action.UnsignalledErrors;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.protocol.Varint;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Turns the values of a publisher into the item frames of one side of a stream. Asks the
 * publisher for no more than the other side granted and the send queue has room for.
 * Signals may come from any thread; values are encoded where they are emitted. Implements
 * section 12.2 of {@code docs/protocol.md}.
 */
public final class OutboundItems implements CoreSubscriber<Object> {

	private static final Log logger = PrintableLog.of(OutboundItems.class);

	private static final AtomicIntegerFieldUpdater<OutboundItems> UNDERWAY = AtomicIntegerFieldUpdater
		.newUpdater(OutboundItems.class, "underway");

	/**
	 * How many items are asked for ahead of those that were queued. No more are asked for
	 * if items are small: the next ones may each be as large as items can be.
	 */
	private static final int PREFETCH = 16;

	/** Hears how the publisher ends. */
	public interface Owner {

		/** The last frame is queued. */
		void sourceCompleted();

		/** The publisher failed, or an item cannot be sent. */
		void sourceFailed(Throwable error);

	}

	private final StreamContext context;

	private final Stream stream;

	private final Owner owner;

	private final @Nullable ResultShape shape;

	private final Context subscriberContext;

	/** Used on the thread on which the publisher signals. */
	private final ResultEncoder encoder;

	/** Signals on their way into the loop: later ones must not overtake them. */
	private volatile int underway;

	private @Nullable Subscription subscription;

	private Frame.@Nullable Item value;

	/** Set and read on the thread on which the publisher signals. */
	private boolean valueEmitted;

	private long credit;

	private int outstanding;

	private boolean replenishing;

	private boolean done;

	/**
	 * Create the subscriber of a publisher.
	 * @param shape shape of the results, or {@code null} to go by the type of each item
	 * @param type declared type of the value or item, or {@code null} to go by its class
	 * @param credit items that may be sent before more are granted, or
	 * {@link Long#MAX_VALUE}
	 */
	OutboundItems(StreamContext context, Stream stream, Owner owner, @Nullable ResultShape shape, @Nullable Type type,
			long credit, Context subscriberContext) {
		this.context = context;
		this.stream = stream;
		this.owner = owner;
		this.shape = shape;
		this.encoder = new ResultEncoder(context.codec(), shape, type);
		this.credit = credit;
		this.subscriberContext = subscriberContext;
	}

	/** Subscribes to a publisher. */
	public void start(Publisher<?> publisher) {
		// The first one counts when a publisher has several values.
		Publisher<?> source = (this.shape == ResultShape.VALUE) ? Mono.from(publisher) : publisher;
		try {
			UnsignalledErrors.watch(() -> source.subscribe(this), this::unsignalled);
		}
		catch (Throwable ex) {
			fail(ex, true);
		}
	}

	@Override
	public Context currentContext() {
		return this.subscriberContext;
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		signal(() -> subscribed(subscription));
	}

	private void subscribed(Subscription subscription) {
		if (this.done) {
			cancel(subscription);
		}
		else if (Operators.validate(this.subscription, subscription)) {
			this.subscription = subscription;
			if (this.shape == ResultShape.VALUE || this.shape == ResultShape.NONE) {
				UnsignalledErrors.watch(() -> subscription.request(Long.MAX_VALUE), this::unsignalled);
			}
			else {
				replenish();
			}
		}
	}

	@Override
	public void onNext(Object item) {
		if (this.shape == ResultShape.NONE) {
			return;
		}
		Frame.Item frame;
		try {
			frame = encode(item);
		}
		catch (Throwable ex) {
			signal(() -> fail(ex, true));
			return;
		}
		this.valueEmitted = this.shape == ResultShape.VALUE;
		if (isDirect()) {
			send(frame);
		}
		else {
			enqueue(frame);
		}
	}

	@Override
	public void onError(Throwable error) {
		signal(() -> fail(error, false));
	}

	@Override
	public void onComplete() {
		// A value is complete by itself.
		if (this.valueEmitted) {
			return;
		}
		try {
			this.encoder.end();
		}
		catch (RuntimeException ex) {
			signal(() -> fail(ex, false));
			return;
		}
		signal(this::complete);
	}

	/**
	 * Take a signal into the loop. A publisher may signal from one thread and then, asked
	 * for more, from within the loop: the order of the signals is kept.
	 */
	private void signal(Runnable task) {
		if (isDirect()) {
			task.run();
		}
		else {
			enqueue(task);
		}
	}

	private boolean isDirect() {
		return this.context.loop().inLoop() && this.underway == 0 && !this.context.host().hasEventsUnderway();
	}

	/** Whether items are on their way into the loop, which no event may overtake. */
	public boolean isUnderway() {
		return this.underway != 0;
	}

	private void enqueue(Frame.Item frame) {
		UNDERWAY.incrementAndGet(this);
		this.context.loop().executeLater(() -> {
			UNDERWAY.decrementAndGet(this);
			send(frame);
		});
	}

	private void enqueue(Runnable task) {
		UNDERWAY.incrementAndGet(this);
		this.context.loop().executeLater(() -> {
			UNDERWAY.decrementAndGet(this);
			task.run();
		});
	}

	/** Stop the publisher; nothing more is sent. */
	public void cancel() {
		if (!this.done) {
			over();
			if (this.subscription != null) {
				cancel(this.subscription);
			}
		}
	}

	private void over() {
		this.done = true;
		if (this.value != null) {
			this.context.holdings().resultWaits(-this.value.body().length());
		}
	}

	private static void cancel(Subscription subscription) {
		try {
			subscription.cancel();
		}
		catch (Throwable ex) {
			logger.warn("A publisher failed when it was cancelled", ex);
		}
	}

	/** Whether nothing more is sent before the other side grants items. */
	boolean isWithoutCredit() {
		return this.credit == 0 && (this.shape != ResultShape.VALUE || this.value != null);
	}

	/** The other side grants items. */
	public void grant(long items) {
		if (this.credit == Long.MAX_VALUE) {
			return;
		}
		this.credit += items;
		if (this.credit > Varint.MAX_COUNTER) {
			throw new ProtocolException(CloseCode.PROTOCOL, "The credit of a stream is out of range");
		}
		sendValue();
		replenish();
	}

	/** A task of the publisher has failed, and there will be no signal of that. */
	private void unsignalled(Throwable error) {
		this.context.loop().execute(() -> fail(error, true));
	}

	/** Ask the publisher for as many items as may be sent. */
	public void replenish() {
		Subscription present = this.subscription;
		if (this.replenishing || present == null || this.shape == ResultShape.VALUE || this.shape == ResultShape.NONE) {
			return;
		}
		this.replenishing = true;
		try {
			int want = wanted();
			while (want > 0) {
				this.outstanding += want;
				int more = want;
				UnsignalledErrors.watch(() -> present.request(more), this::unsignalled);
				want = wanted();
			}
		}
		catch (Throwable ex) {
			fail(ex, true);
		}
		finally {
			this.replenishing = false;
		}
	}

	private int wanted() {
		if (this.done || this.outstanding > PREFETCH / 2) {
			return 0;
		}
		if (this.context.sendQueue().isFull()) {
			this.context.calls().awaitRoom(this.stream);
			return 0;
		}
		return (int) Math.min(PREFETCH, this.credit) - this.outstanding;
	}

	private void send(Frame.Item frame) {
		if (this.done) {
			return;
		}
		if (!this.context.holdings().mayQueue(frame.body().length())) {
			fail(Holdings.noRoom("Too much waits to be taken"), true);
			return;
		}
		if (this.shape == ResultShape.VALUE) {
			this.value = frame;
			this.context.holdings().resultWaits(frame.body().length());
			sendValue();
			return;
		}
		if (this.outstanding == 0) {
			fail(Exceptions.failWithOverflow("A publisher emitted more than it was asked for"), true);
			return;
		}
		this.outstanding--;
		// Nothing is sent for an empty text: an empty frame is no item.
		if (!frame.body().isEmpty()) {
			if (this.credit != Long.MAX_VALUE) {
				this.credit--;
			}
			this.context.sendQueue().add(frame, this.stream);
		}
		replenish();
	}

	/** Sends the one value as soon as there is credit for it. */
	private void sendValue() {
		Frame.Item frame = this.value;
		if (frame != null && this.credit > 0 && !this.done) {
			over();
			this.context.sendQueue().add(frame, this.stream);
			this.owner.sourceCompleted();
		}
	}

	private void complete() {
		if (this.done || this.value != null) {
			return;
		}
		this.done = true;
		if (!this.context.sendQueue().markLast(this.stream)) {
			QueuedFrame last = this.stream.lastItem();
			this.context.sendQueue()
				.add(new Frame.Item((last != null) ? last.frame().type() : this.encoder.frameType(null),
						this.stream.id(), true, Bytes.EMPTY, Bytes.EMPTY), this.stream);
		}
		this.owner.sourceCompleted();
	}

	private void fail(Throwable error, boolean stillRuns) {
		if (this.done) {
			return;
		}
		if (stillRuns) {
			cancel();
		}
		else {
			over();
		}
		this.owner.sourceFailed(error);
	}

	private Frame.Item encode(Object item) {
		FrameType type = this.encoder.frameType(item);
		Bytes body = this.encoder.encode(item);
		if (body.length() > this.context.remote().item()) {
			throw new ActionException(ErrorCode.TOO_LARGE,
					"An item exceeds the " + this.context.remote().item() + " bytes that may be sent");
		}
		return new Frame.Item(type, this.stream.id(), this.shape == ResultShape.VALUE, Bytes.EMPTY, body);
	}

}
