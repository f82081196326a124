package io.agentsocket.connection;

import java.nio.ByteBuffer;

import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Turns what a publisher emits into the item frames of one side of a stream. Asks the
 * publisher for no more than the other side granted and the send queue has room for.
 * Signals may come from any thread; values are encoded where they are emitted. Implements
 * section 9 of {@code docs/protocol.md}.
 */
final class ItemSource implements CoreSubscriber<Object> {

	/** How many items are asked for ahead of those that were queued. */
	private static final int PREFETCH = 16;

	/**
	 * Told how the source ends.
	 */
	interface Owner {

		/** The last frame is queued. */
		void sourceCompleted();

		/** The publisher failed, or an item cannot be sent. */
		void sourceFailed(Throwable error);

	}

	private final Peer peer;

	private final Stream stream;

	private final Owner owner;

	private final @Nullable ResultShape shape;

	private final Context context;

	private @Nullable Subscription subscription;

	private @Nullable OutFrame lastItem;

	private long credit;

	private int outstanding;

	private boolean replenishing;

	private boolean done;

	/**
	 * Create a source.
	 * @param shape what is sent, or {@code null} to go by the type of each item
	 * @param credit items that may be sent before more are granted, or
	 * {@link Long#MAX_VALUE}
	 */
	ItemSource(Peer peer, Stream stream, Owner owner, @Nullable ResultShape shape, long credit, Context context) {
		this.peer = peer;
		this.stream = stream;
		this.owner = owner;
		this.shape = shape;
		this.credit = credit;
		this.context = context;
	}

	void start(Publisher<?> publisher) {
		publisher.subscribe(this);
	}

	@Override
	public Context currentContext() {
		return this.context;
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.peer.execute(() -> {
			if (this.done) {
				subscription.cancel();
			}
			else if (Operators.validate(this.subscription, subscription)) {
				this.subscription = subscription;
				if (this.shape == ResultShape.VALUE || this.shape == ResultShape.NONE) {
					subscription.request(Long.MAX_VALUE);
				}
				else {
					replenish();
				}
			}
		});
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
		catch (Exception ex) {
			this.peer.execute(() -> fail(ex));
			return;
		}
		if (this.peer.inLoop()) {
			send(frame);
		}
		else {
			this.peer.execute(() -> send(frame));
		}
	}

	@Override
	public void onError(Throwable error) {
		this.peer.execute(() -> fail(error));
	}

	@Override
	public void onComplete() {
		this.peer.execute(this::complete);
	}

	/** Stop the publisher; nothing more is sent. */
	void cancel() {
		if (!this.done) {
			this.done = true;
			if (this.subscription != null) {
				this.subscription.cancel();
			}
		}
	}

	void grant(long items) {
		this.credit = Operators.addCap(this.credit, items);
		replenish();
	}

	/** Ask the publisher for as many items as may be sent. */
	void replenish() {
		if (this.replenishing || this.subscription == null) {
			return;
		}
		this.replenishing = true;
		try {
			int want = wanted();
			while (want > 0) {
				this.outstanding += want;
				this.subscription.request(want);
				want = wanted();
			}
		}
		finally {
			this.replenishing = false;
		}
	}

	private int wanted() {
		if (this.done || this.outstanding > PREFETCH / 2) {
			return 0;
		}
		if (this.peer.isFull()) {
			this.peer.awaitRoom(this.stream);
			return 0;
		}
		return (int) Math.min(PREFETCH, this.credit) - this.outstanding;
	}

	private void send(Frame.Item frame) {
		if (this.done) {
			return;
		}
		if (this.shape == ResultShape.VALUE) {
			this.done = true;
			this.peer.send(frame, this.stream);
			this.owner.sourceCompleted();
			return;
		}
		this.outstanding--;
		// Nothing is sent for an empty text: an empty frame is no item.
		if (!frame.body().isEmpty()) {
			if (this.credit != Long.MAX_VALUE) {
				this.credit--;
			}
			this.lastItem = this.peer.send(frame, this.stream);
		}
		replenish();
	}

	private void complete() {
		if (this.done) {
			return;
		}
		this.done = true;
		if (this.lastItem == null || !this.peer.markLast(this.lastItem)) {
			this.peer.send(new Frame.Item((this.lastItem != null) ? this.lastItem.frame().type() : type(null),
					this.stream.id(), true, Bytes.EMPTY, Bytes.EMPTY), this.stream);
		}
		this.owner.sourceCompleted();
	}

	private void fail(Throwable error) {
		if (!this.done) {
			cancel();
			this.owner.sourceFailed(error);
		}
	}

	private Frame.Item encode(Object item) {
		FrameType type = type(item);
		Bytes body = switch (type) {
			case TEXT -> Bytes.utf8(item.toString());
			case BYTES -> bytes(item);
			default -> codec().encode(item);
		};
		if (body.length() > this.peer.remote().item()) {
			throw new ActionException(ErrorCode.TOO_LARGE,
					"An item exceeds the " + this.peer.remote().item() + " bytes that the receiver accepts");
		}
		return new Frame.Item(type, this.stream.id(), this.shape == ResultShape.VALUE, Bytes.EMPTY, body);
	}

	private FrameType type(@Nullable Object item) {
		if (this.shape != null) {
			return switch (this.shape) {
				case TEXT -> FrameType.TEXT;
				case BYTES -> FrameType.BYTES;
				default -> FrameType.DATA;
			};
		}
		if (item instanceof CharSequence) {
			return FrameType.TEXT;
		}
		return (item instanceof byte[] || item instanceof Bytes || item instanceof ByteBuffer) ? FrameType.BYTES
				: FrameType.DATA;
	}

	private static Bytes bytes(Object item) {
		if (item instanceof byte[] array) {
			return Bytes.of(array);
		}
		if (item instanceof Bytes bytes) {
			return bytes;
		}
		if (item instanceof ByteBuffer buffer) {
			byte[] array = new byte[buffer.remaining()];
			buffer.duplicate().get(array);
			return Bytes.of(array);
		}
		throw new IllegalStateException("Not bytes: " + item.getClass().getName());
	}

	private Codec codec() {
		return this.peer.codec();
	}

}
