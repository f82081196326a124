package io.agentsocket.event;

import java.lang.reflect.Type;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * A listener, ready to be called.
 *
 * @param event name of the event
 * @param description the method, or how it was registered
 * @param order its place among the listeners of the event
 * @param reactive whether it runs on the event loop and returns a publisher
 * @param payload the type that it takes
 * @param call calls it
 * @param failures tells how it fails: an agent may send as many events that it fails with
 * as it likes
 */
record Listener(String event, String description, int order, boolean reactive, Payload payload, Call call,
		SeldomWarning failures) {

	Listener(String event, String description, int order, boolean reactive, Payload payload, Call call) {
		this(event, description, order, reactive, payload, call, new SeldomWarning(PrintableLog.of(Listener.class)));
	}

	/**
	 * Calls a listener.
	 */
	@FunctionalInterface
	interface Call {

		/**
		 * Call the listener.
		 * @param session the session
		 * @param payload the payload, {@code null} when there is none or it is not taken
		 * @return completes when the event is dealt with; {@code null} when it already is
		 * @throws Exception the exception of the listener
		 */
		@Nullable Publisher<?> call(AgentSession session, @Nullable Object payload) throws Exception;

	}

	/**
	 * Payload that a listener takes.
	 *
	 * @param type the type, or {@code null} when the payload does not matter
	 * @param required whether there must be one
	 * @param absent the value for no payload
	 */
	record Payload(@Nullable Type type, boolean required, @Nullable Object absent) {

		/** The payload does not matter. */
		static final Payload NONE = new Payload(null, false, null);

		/**
		 * Decode the payload.
		 * @param codec the codec of the session
		 * @param bytes the payload, or empty
		 * @return the value
		 * @throws CodecException if it does not fit
		 */
		@Nullable Object decode(Codec codec, Bytes bytes) {
			if (this.type == null) {
				return null;
			}
			Object value = bytes.isEmpty() ? null : codec.decode(bytes, this.type);
			if (value != null) {
				return value;
			}
			if (this.required) {
				throw new CodecException(false, "", "is required", null);
			}
			return this.absent;
		}

	}

}
