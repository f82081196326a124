package io.agentsocket.connection.stream;

import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Invocation;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Progress;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.Aliases;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Varint;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The description of a call: the action and how it is invoked. Each subscription makes a
 * call of its own from it.
 */
abstract class CallRequest {

	final String action;

	final @Nullable ParentCall parent;

	@Nullable Object arguments;

	@Nullable Duration timeout;

	@Nullable String idempotencyKey;

	@Nullable Boolean idempotent;

	@Nullable String traceparent;

	@Nullable Publisher<?> items;

	@Nullable Publisher<?> stopSignal;

	@Nullable Consumer<Progress> progressListener;

	/** The description that interceptors went on with, if there are any. */
	@Nullable Invocation invocation;

	/** Makes a key for each subscription, if there is none. */
	private final @Nullable Supplier<String> idempotencyKeys;

	CallRequest(String action, @Nullable ParentCall parent, @Nullable Supplier<String> idempotencyKeys) {
		if (!Names.isValid(action)) {
			throw new IllegalArgumentException("Not the name of an action: " + action);
		}
		this.action = action;
		this.parent = parent;
		this.idempotencyKeys = idempotencyKeys;
	}

	/** The idempotency key of a new subscription. */
	@Nullable String newIdempotencyKey() {
		if (this.idempotencyKey != null || this.idempotencyKeys == null) {
			return this.idempotencyKey;
		}
		return this.idempotencyKeys.get();
	}

	Bytes encodeArguments(Codec codec) {
		return (this.arguments != null) ? codec.encode(this.arguments) : Bytes.EMPTY;
	}

	/**
	 * The description of a call for interceptors and for questions.
	 * @param type type of the results
	 * @param single whether there is one result
	 * @param key the idempotency key of the call
	 */
	Invocation describe(StreamContext context, Type type, boolean single, @Nullable String key) {
		AgentExchange outer = (this.parent instanceof AgentExchange exchange) ? exchange : null;
		Instant deadline = (this.timeout != null) ? Instant.now().plus(PeerLoop.bounded(this.timeout)) : null;
		Instant bound = (outer != null) ? outer.deadline().orElse(null) : null;
		return Invocation.of(this.action, context.session(), context.codec(), type, !single, new CallId())
			.parent(outer)
			.deadline((deadline == null || (bound != null && bound.isBefore(deadline))) ? bound : deadline)
			.arguments(this.arguments)
			.idempotencyKey(key)
			.traceparent(this.traceparent)
			.items(this.items)
			.build();
	}

	/**
	 * The metadata of the INVOKE of a call.
	 * @param key its idempotency key
	 * @param ownNanos nanoseconds until its own deadline, or the maximum
	 * @param granted items that the other side may send, or the maximum
	 */
	Metadata metadata(@Nullable String key, long ownNanos, long granted) {
		ParentCall outer = this.parent;
		long nanos = (outer != null) ? Math.min(ownNanos, outer.nanosLeft()) : ownNanos;
		long deadline = (nanos != Long.MAX_VALUE) ? millis(nanos) : -1;
		long credit = (granted != Long.MAX_VALUE) ? granted : -1;
		if (outer == null && deadline < 0 && credit < 0 && key == null && this.traceparent == null) {
			return Metadata.NONE;
		}
		return new Metadata((outer != null) ? outer.id() : 0, deadline, key, this.traceparent, credit, null, null, null,
				(outer != null) ? outer.depth() + 1 : 0);
	}

	/** At least 1, for 0 is over; at most what the timers of every language hold. */
	private static long millis(long nanos) {
		return Math.min(Math.max(1, (nanos + 999_999) / 1_000_000), Varint.MAX_INT);
	}

	/**
	 * The INVOKE of a call.
	 * @throws ActionException if the other side does not accept it
	 */
	Frame.Invoke toFrame(int id, Bytes metadata, Bytes encoded, Frame.Ref ref, Limits remote) {
		Frame.Invoke frame = new Frame.Invoke(id, this.items == null, ref, metadata, encoded);
		if (metadata.length() > remote.metadata() || FrameWriter.bound(frame) - encoded.length() > remote.frame()) {
			throw new ActionException(ErrorCode.TOO_LARGE, "The call exceeds what the other side accepts");
		}
		if (this.action.length() > remote.name()) {
			throw new ActionException(ErrorCode.NOT_FOUND, "The name is longer than the other side accepts");
		}
		return frame;
	}

	/** How the INVOKE refers to the action. */
	Frame.Ref ref(Aliases theirAliases, boolean byName) {
		return byName ? Frame.Ref.name(this.action) : theirAliases.ref(this.action);
	}

}
