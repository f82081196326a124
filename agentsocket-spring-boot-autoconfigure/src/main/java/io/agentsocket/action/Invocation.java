package io.agentsocket.action;

import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Expect;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * An invocation of an action of the other side, as {@link ActionInterceptor interceptors}
 * and the handlers of questions see it. Immutable and thread-safe.
 */
public final class Invocation {

	private final String action;

	private final AgentSession session;

	private final Codec codec;

	private final Supplier<String> id;

	private final @Nullable RunningAction parent;

	private final Type resultType;

	private final boolean stream;

	private final @Nullable Instant deadline;

	private final @Nullable Object arguments;

	private final @Nullable String idempotencyKey;

	private final @Nullable String traceparent;

	private final @Nullable Publisher<?> items;

	private Invocation(Builder builder) {
		this.action = builder.action;
		this.session = builder.session;
		this.codec = builder.codec;
		this.id = builder.id;
		this.parent = builder.parent;
		this.resultType = builder.resultType;
		this.stream = builder.stream;
		this.deadline = builder.deadline;
		this.arguments = builder.arguments;
		this.idempotencyKey = builder.idempotencyKey;
		this.traceparent = builder.traceparent;
		this.items = builder.items;
	}

	/**
	 * Start to describe an invocation.
	 * @param action name of the action
	 * @param session the session
	 * @param codec codec of the session
	 * @param resultType type of the results
	 * @param stream whether there may be several
	 * @param id gives the id of the invocation
	 * @return a builder
	 */
	@Internal
	public static Builder of(String action, AgentSession session, Codec codec, Type resultType, boolean stream,
			Supplier<String> id) {
		return new Builder(action, session, codec, resultType, stream, id);
	}

	/**
	 * Id of the invocation: the same in all its attempts, different from that of every
	 * other invocation of this process. It is not sent to the other side.
	 * @return the id
	 */
	public String id() {
		return this.id.get();
	}

	/**
	 * Name of the action.
	 * @return the name
	 */
	public String action() {
		return this.action;
	}

	/**
	 * The session whose other side is invoked.
	 * @return the session
	 */
	public AgentSession session() {
		return this.session;
	}

	/**
	 * The running action that the invocation is nested into.
	 * @return the running action, or {@code null} when the invocation stands for itself
	 */
	public @Nullable RunningAction parent() {
		return this.parent;
	}

	/**
	 * The arguments as they were given.
	 * @return a map, record or bean, or {@code null} for none
	 */
	public @Nullable Object arguments() {
		return this.arguments;
	}

	/**
	 * The arguments as a type.
	 * @param type the target
	 * @param <T> the target
	 * @return the arguments
	 * @throws io.agentsocket.codec.CodecException if they do not fit
	 */
	public <T> @Nullable T arguments(Type type) {
		Bytes encoded = this.codec.encode((this.arguments != null) ? this.arguments : Map.of());
		return this.codec.decode(encoded, type);
	}

	/**
	 * When the invocation must be over.
	 * @return the deadline that was set for it, or empty
	 */
	public Optional<Instant> deadline() {
		return Optional.ofNullable(this.deadline);
	}

	/**
	 * Key that identifies the call.
	 * @return the idempotency key, or {@code null}
	 */
	public @Nullable String idempotencyKey() {
		return this.idempotencyKey;
	}

	/**
	 * W3C trace context.
	 * @return the {@code traceparent}, or {@code null}
	 */
	public @Nullable String traceparent() {
		return this.traceparent;
	}

	/**
	 * Items that are sent to the running action.
	 * @return the items, or {@code null} for none
	 */
	public @Nullable Publisher<?> items() {
		return this.items;
	}

	/**
	 * Type of a result.
	 * @return the type that the caller asked for
	 */
	public Type resultType() {
		return this.resultType;
	}

	/**
	 * Whether the caller asked for a stream.
	 * @return {@code false} when it asked for one value
	 */
	public boolean isStream() {
		return this.stream;
	}

	/**
	 * Start from this invocation.
	 * @return a builder of a changed copy
	 */
	public Builder mutate() {
		return new Builder(this);
	}

	@Override
	public String toString() {
		return this.action;
	}

	/**
	 * Builds an {@link Invocation}. Each setter checks its argument. Not thread-safe.
	 */
	public static final class Builder {

		private final String action;

		private final AgentSession session;

		private final Codec codec;

		private final Supplier<String> id;

		private final Type resultType;

		private final boolean stream;

		private @Nullable RunningAction parent;

		private @Nullable Instant deadline;

		private @Nullable Object arguments;

		private @Nullable String idempotencyKey;

		private @Nullable String traceparent;

		private @Nullable Publisher<?> items;

		private Builder(String action, AgentSession session, Codec codec, Type resultType, boolean stream,
				Supplier<String> id) {
			this.action = action;
			this.session = session;
			this.codec = codec;
			this.resultType = resultType;
			this.stream = stream;
			this.id = id;
		}

		private Builder(Invocation invocation) {
			this(invocation.action, invocation.session, invocation.codec, invocation.resultType, invocation.stream,
					invocation.id);
			this.parent = invocation.parent;
			this.deadline = invocation.deadline;
			this.arguments = invocation.arguments;
			this.idempotencyKey = invocation.idempotencyKey;
			this.traceparent = invocation.traceparent;
			this.items = invocation.items;
		}

		/**
		 * Set the running action that the invocation is nested into.
		 * @param parent the running action, or {@code null}
		 * @return this
		 */
		@Internal
		public Builder parent(@Nullable RunningAction parent) {
			this.parent = parent;
			return this;
		}

		/**
		 * Replace the arguments.
		 * @param arguments a map, record or bean, or {@code null} for none
		 * @return this
		 */
		public Builder arguments(@Nullable Object arguments) {
			this.arguments = arguments;
			return this;
		}

		/**
		 * Shorten the time that is left. A deadline that is set already is never put off.
		 * @param timeout time from now on, longer than 0
		 * @return this
		 */
		public Builder timeout(Duration timeout) {
			Instant end = TimeLimit.end(Expect.positive("timeout", timeout));
			this.deadline = (this.deadline == null || end.isBefore(this.deadline)) ? end : this.deadline;
			return this;
		}

		/**
		 * Set when the invocation must be over.
		 * @param deadline the time, or {@code null}
		 * @return this
		 */
		@Internal
		public Builder deadline(@Nullable Instant deadline) {
			this.deadline = deadline;
			return this;
		}

		/**
		 * Set the key that identifies the call.
		 * @param key 1 to 64 bytes, or {@code null} for none
		 * @return this
		 */
		public Builder idempotencyKey(@Nullable String key) {
			this.idempotencyKey = (key != null) ? InvocationSpec.requireIdempotencyKey(key) : null;
			return this;
		}

		/**
		 * Set the W3C trace context.
		 * @param traceparent the header's value, or {@code null}
		 * @return this
		 */
		public Builder traceparent(@Nullable String traceparent) {
			this.traceparent = traceparent;
			return this;
		}

		/**
		 * Replace the items that are sent to the running action.
		 * @param items the items, or {@code null} for none
		 * @return this
		 */
		public Builder items(@Nullable Publisher<?> items) {
			this.items = items;
			return this;
		}

		/**
		 * Build the invocation.
		 * @return the invocation
		 */
		public Invocation build() {
			return new Invocation(this);
		}

	}

}
