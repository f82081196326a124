package io.agentsocket.mcp;

import io.agentsocket.action.Action;
import io.agentsocket.action.ResultEncoder;
import io.agentsocket.action.ResultShape;
import io.agentsocket.action.UnsignalledErrors;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Collects the results of an action, up to a bound, and asks for more items only while
 * the client takes them. Signals come one at a time.
 */
final class ResultSubscriber extends BaseSubscriber<Object> {

	/** Items that are asked for at once. */
	private static final int PREFETCH = 16;

	/** Hears of the results. */
	interface Owner {

		/**
		 * An item of a stream came.
		 * @param count how many there are by now
		 * @param collected bytes of all of them
		 * @param text a literal or an encoded value
		 * @return whether the next one may be asked for
		 */
		boolean item(int count, int collected, Bytes text);

		/** All is there. */
		void completed(Bytes members);

		/** The action failed, or its result cannot be written. */
		void failed(Throwable error);

	}

	private final Action action;

	private final ResultEncoder encoder;

	private final int maxResult;

	private final boolean structured;

	private final Context context;

	private final Owner owner;

	private final JsonBytes collected = new JsonBytes(256);

	private int items;

	private int requested;

	private boolean valued;

	ResultSubscriber(Action action, Codec codec, int maxResult, boolean structured, Context context, Owner owner) {
		this.action = action;
		this.encoder = new ResultEncoder(codec, action);
		this.maxResult = maxResult;
		this.structured = structured;
		this.context = context;
		this.owner = owner;
	}

	/** Subscribe to the results of the action; of several values the first one counts. */
	void begin(Publisher<?> results) {
		Publisher<?> source = (this.action.result() == ResultShape.VALUE) ? Mono.from(results) : results;
		UnsignalledErrors.watch(() -> source.subscribe(this), this::unsignalled);
	}

	/** A task of the action has failed, and there will be no signal of that. */
	private void unsignalled(Throwable error) {
		cancel();
		if (!this.valued) {
			this.owner.failed(error);
		}
	}

	@Override
	public Context currentContext() {
		return this.context;
	}

	@Override
	protected void hookOnSubscribe(Subscription subscription) {
		if (this.action.result() == ResultShape.VALUE || this.action.result() == ResultShape.NONE) {
			UnsignalledErrors.watch(this::requestUnbounded, this::unsignalled);
		}
		else {
			more();
		}
	}

	/** The client takes items: asks for more when there is room for enough of them. */
	void more() {
		int missing;
		if (upstream() == null) {
			// A request for items would not be heard yet.
			return;
		}
		synchronized (this) {
			missing = PREFETCH - this.requested;
			if (missing < PREFETCH / 2) {
				return;
			}
			this.requested = PREFETCH;
		}
		int wanted = missing;
		UnsignalledErrors.watch(() -> request(wanted), this::unsignalled);
	}

	@Override
	protected void hookOnNext(Object item) {
		boolean more = true;
		try {
			switch (this.action.result()) {
				case VALUE -> value(item);
				case ITEMS -> more = add(this.encoder.encode(item));
				case TEXT -> more = text(this.encoder.encode(item));
				case BYTES -> more = bytes(this.encoder.encode(item));
				case NONE -> {
					return;
				}
			}
		}
		catch (Throwable ex) {
			cancel();
			this.owner.failed(ex);
			return;
		}
		synchronized (this) {
			this.requested--;
		}
		if (more && this.action.result() != ResultShape.VALUE) {
			more();
		}
	}

	private void value(Object item) {
		if (!this.valued) {
			this.valued = true;
			Bytes json = this.encoder.encode(item);
			checkSize(json.length());
			this.owner.completed(CallResult.value(json, this.structured));
		}
	}

	private boolean add(Bytes json) {
		checkSize(this.collected.length() + json.length());
		this.collected.raw((this.items == 0) ? "[" : ",").raw(json);
		return this.owner.item(++this.items, this.collected.length(), json);
	}

	private boolean text(Bytes utf8) {
		if (utf8.isEmpty()) {
			return true;
		}
		checkSize(this.collected.length() + utf8.length());
		this.collected.raw(utf8);
		return this.owner.item(++this.items, this.collected.length(),
				new JsonBytes(utf8.length() + 2).text(utf8).bytes());
	}

	private boolean bytes(Bytes bytes) {
		checkSize(this.collected.length() + bytes.length());
		this.collected.raw(bytes);
		return this.owner.item(++this.items, this.collected.length(),
				Bytes.utf8("\"" + this.collected.length() + " bytes\""));
	}

	private void checkSize(int size) {
		if (size > this.maxResult) {
			throw new ActionException(ErrorCode.TOO_LARGE,
					"The result is larger than the " + this.maxResult + " bytes that a result of a tool may have");
		}
	}

	@Override
	protected void hookOnComplete() {
		if (this.valued) {
			return;
		}
		try {
			this.encoder.end();
		}
		catch (RuntimeException ex) {
			this.owner.failed(ex);
			return;
		}
		this.owner.completed(whole());
	}

	private Bytes whole() {
		return switch (this.action.result()) {
			case VALUE, NONE -> CallResult.nothing();
			case ITEMS -> CallResult.value(
					((this.items == 0) ? this.collected.raw("[]") : this.collected.raw("]")).bytes(), this.structured);
			case TEXT -> CallResult.text(this.collected.bytes());
			case BYTES -> CallResult.binary(this.action.name(), this.collected.bytes());
		};
	}

	@Override
	protected void hookOnError(Throwable error) {
		if (!this.valued) {
			this.owner.failed(error);
		}
	}

}
