package io.agentsocket.connection.stream;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.function.Consumer;

import io.agentsocket.action.Invocation;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Progress;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Utf8;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.ContextView;

/**
 * An invocation of an action of the other side. Its subscriber's demand becomes credit,
 * its cancellation an INTERRUPT; it sees exactly one terminal signal.
 *
 * @param <T> type of the results
 */
final class CallerStream<T> extends InvokingCall implements Subscription {

	private static final Log logger = PrintableLog.of(CallerStream.class);

	private final Type type;

	private final CoreSubscriber<? super T> subscriber;

	private @Nullable T value;

	private @Nullable ByteArrayOutputStream joined;

	private @Nullable FrameType joinedType;

	/** Bytes of items that the subscriber has not got. */
	private int resultHeld;

	private @Nullable Invocation described;

	CallerStream(StreamContext context, CallRequest call, @Nullable Duration timeout, Type type, boolean single,
			CoreSubscriber<? super T> subscriber) {
		super(context, call, timeout, single, subscriber);
		this.type = type;
		this.subscriber = subscriber;
	}

	void start() {
		try {
			prepare();
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
		if (this.context.loop().inLoop()) {
			requested(n);
		}
		else {
			this.context.loop().execute(() -> requested(n));
		}
	}

	@Override
	public void cancel() {
		this.context.loop().execute(() -> {
			forgetResults();
			quit();
		});
	}

	@Override
	synchronized Invocation invocation() {
		Invocation present = (this.described != null) ? this.described : this.call.invocation;
		if (present == null) {
			present = this.call.describe(this.context, this.type, this.single, this.idempotencyKey);
			this.described = present;
		}
		return present;
	}

	@Override
	ContextView callerContext() {
		return this.subscriber.currentContext();
	}

	@Override
	void forgetResults() {
		this.value = null;
		this.joined = null;
		this.joinedType = null;
		setResultHeld(0);
	}

	/** Sets the bytes of the results that the subscriber has not got. */
	private void setResultHeld(int bytes) {
		addHeld(this.context.holdings(), (long) bytes - this.resultHeld);
		this.resultHeld = bytes;
	}

	@Override
	public void item(Frame.Item frame, Bytes body, Metadata metadata) {
		if (isOpen()) {
			report(metadata.progress());
		}
		if (isOpen() && !body.isEmpty()) {
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
		if (!countItem()) {
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
			T item = ItemDecoder.decode(this.context.codec(), frame.type(), body, this.type);
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
	 * Malformed bytes end the stream with an error. If bytes only do not fit the type of
	 * this side, this side gives the call up.
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
		if (!frame.end() && !this.context.holdings().mayKeep(body.length())) {
			breakOff(Holdings.noRoom("There is no room for the result"));
			return;
		}
		if (frame.type() == FrameType.DATA) {
			this.value = ItemDecoder.decode(this.context.codec(), frame.type(), body, this.type);
			setResultHeld(frame.end() ? 0 : body.length());
			return;
		}
		if (this.joined == null && frame.end()) {
			this.value = ItemDecoder.decode(this.context.codec(), frame.type(), body, this.type);
			return;
		}
		ByteArrayOutputStream whole = (this.joined != null) ? this.joined : new ByteArrayOutputStream();
		if (whole.size() + body.length() > this.context.local().item()) {
			throw new CodecException(false, "", "a stream whose pieces exceed one item", null);
		}
		whole.write(body.array(), body.offset(), body.length());
		this.joined = whole;
		setResultHeld(whole.size());
		this.joinedType = frame.type();
	}

	/** The other side ended the stream. */
	private void ended() {
		boolean open = isOpen();
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
		try {
			this.subscriber.onComplete();
		}
		catch (Throwable ex) {
			logger.error("A subscriber failed to take the end of a call", ex);
		}
	}

	private @Nullable T result() {
		ByteArrayOutputStream whole = this.joined;
		FrameType frameType = this.joinedType;
		return (whole != null && frameType != null)
				? ItemDecoder.decode(this.context.codec(), frameType, Bytes.of(whole.toByteArray()), this.type)
				: this.value;
	}

	@Override
	public void failed(ActionException error) {
		if (sendAgain(error)) {
			return;
		}
		boolean open = isOpen();
		close();
		if (open) {
			signalError(ofAll(error));
		}
	}

	@Override
	void signalError(Throwable reason) {
		try {
			// An action that made this call does not fail with it as if it were its own.
			this.subscriber.onError((reason instanceof ActionException exception) ? exception.foreign() : reason);
		}
		catch (Throwable ex) {
			logger.error("A subscriber failed to take an error", ex);
		}
	}

}
