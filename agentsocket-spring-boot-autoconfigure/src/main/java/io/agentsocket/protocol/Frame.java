package io.agentsocket.protocol;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A frame, decoded as far as the envelope goes: payloads, descriptors and metadata stay
 * {@link Bytes} in the codec of the connection. Implements section 5 of
 * {@code docs/protocol.md}.
 */
@Internal
public sealed interface Frame {

	/**
	 * The type.
	 * @return the type
	 */
	FrameType type();

	/**
	 * The stream id.
	 * @return the id, or 0 where the type has none
	 */
	default int streamId() {
		return 0;
	}

	/**
	 * The metadata in the codec of the connection.
	 * @return the encoded map, empty for none
	 */
	default Bytes metadata() {
		return Bytes.EMPTY;
	}

	/**
	 * Whether the sender sends nothing more on the stream, or for ACK wants an answer.
	 * @return the bit E
	 */
	default boolean end() {
		return false;
	}

	/**
	 * Target of an INVOKE or EVENT: an alias or an inline name.
	 *
	 * @param alias the alias, or 0
	 * @param name the inline name, or {@code null}; one that was received need not match
	 * {@link Names#PATTERN}, and then names nothing
	 */
	record Ref(int alias, @Nullable String name) {

		/** The first aliases, which are those of nearly all calls. */
		private static final Ref[] ALIASES = aliases();

		private static Ref[] aliases() {
			Ref[] aliases = new Ref[64];
			for (int i = 0; i < aliases.length; i++) {
				aliases[i] = new Ref(i, null);
			}
			return aliases;
		}

		public static Ref alias(int alias) {
			return (alias >= 0 && alias < ALIASES.length) ? ALIASES[alias] : new Ref(alias, null);
		}

		public static Ref name(String name) {
			return new Ref(0, name);
		}

	}

	/** HELLO: a map in the codec. */
	record Hello(Bytes body) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.HELLO;
		}

	}

	/** WELCOME: a map in the codec. */
	record Welcome(Bytes body) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.WELCOME;
		}

	}

	/**
	 * ACK.
	 *
	 * @param received highest number accepted
	 * @param sent highest number sent, or -1 when not told
	 * @param end whether an answer is wanted
	 */
	record Ack(long received, long sent, boolean end) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.ACK;
		}

	}

	/**
	 * GOAWAY.
	 *
	 * @param code close code that is going to be used, 0 from a client that ends the
	 * session
	 * @param drain milliseconds until the connection is closed
	 * @param spread milliseconds over which clients spread their reconnects
	 * @param text reason for people
	 */
	record GoAway(int code, long drain, long spread, String text) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.GOAWAY;
		}

	}

	/**
	 * DEFINE.
	 *
	 * @param alias the alias, or 0 for none
	 * @param name the name, empty to withdraw the alias
	 * @param metadata encoded metadata
	 * @param descriptor encoded descriptor, or empty
	 */
	record Define(int alias, String name, Bytes metadata, Bytes descriptor) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.DEFINE;
		}

	}

	/**
	 * EVENT.
	 *
	 * @param ref which event
	 * @param metadata encoded metadata
	 * @param payload encoded payload, or empty
	 */
	record Event(Ref ref, Bytes metadata, Bytes payload) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.EVENT;
		}

	}

	/**
	 * INVOKE.
	 *
	 * @param streamId the id of the new stream
	 * @param end whether the caller sends no items
	 * @param ref which action
	 * @param metadata encoded metadata
	 * @param arguments encoded arguments, or empty
	 */
	record Invoke(int streamId, boolean end, Ref ref, Bytes metadata, Bytes arguments) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.INVOKE;
		}

	}

	/**
	 * DATA, TEXT or BYTES: an item of a stream.
	 *
	 * @param type which of the three
	 * @param streamId the stream
	 * @param end whether it is the sender's last frame on the stream
	 * @param metadata encoded metadata
	 * @param body the item, empty for a mere end
	 */
	record Item(FrameType type, int streamId, boolean end, Bytes metadata, Bytes body) implements Frame {

		public Item {
			if (type != FrameType.DATA && type != FrameType.TEXT && type != FrameType.BYTES) {
				throw new IllegalArgumentException("Not the type of an item: " + type);
			}
		}

		/**
		 * The same item as the last frame of its sender.
		 * @return a frame with E
		 */
		public Item withEnd() {
			return new Item(this.type, this.streamId, true, this.metadata, this.body);
		}

	}

	/**
	 * ERROR.
	 *
	 * @param streamId the stream that ends
	 * @param code see {@link ErrorCode}
	 * @param retryable whether the same call may succeed later
	 * @param mayHaveRun whether the action may have run
	 * @param metadata encoded metadata
	 * @param text safe text
	 */
	record Error(int streamId, int code, boolean retryable, boolean mayHaveRun, Bytes metadata,
			String text) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.ERROR;
		}

	}

	/**
	 * INTERRUPT.
	 *
	 * @param streamId the stream to stop
	 * @param mode {@link #NOW} or {@link #AFTER_STEP}
	 * @param metadata encoded metadata
	 * @param text reason
	 */
	record Interrupt(int streamId, int mode, Bytes metadata, String text) implements Frame {

		/** Stop now. */
		public static final int NOW = 0;

		/** Stop after the current step and keep what there is. */
		public static final int AFTER_STEP = 1;

		@Override
		public FrameType type() {
			return FrameType.INTERRUPT;
		}

	}

	/**
	 * CREDIT.
	 *
	 * @param streamId the stream
	 * @param items how many more items may be sent, at least 1
	 */
	record Credit(int streamId, long items) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.CREDIT;
		}

	}

	/**
	 * PART.
	 *
	 * @param streamId the stream, or 0 for the next DEFINE or EVENT
	 * @param body bytes in front of the next body
	 */
	record Part(int streamId, Bytes body) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.PART;
		}

	}

	/**
	 * A frame of an extension type: counted, not understood.
	 *
	 * @param code the type, 24 to 31
	 * @param streamId the stream, or any other number
	 * @param hasMetadata the bit M
	 * @param content all that follows the length: metadata, if any, and body
	 */
	record Extension(int code, int streamId, boolean hasMetadata, Bytes content) implements Frame {

		@Override
		public FrameType type() {
			return FrameType.EXTENSION;
		}

	}

}
