package io.agentsocket.protocol;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * The types of frames, each with its rules. Implements section 5 of
 * {@code docs/protocol.md}; the rule to remember: types from 4 on are numbered, types
 * from 8 on have a stream id.
 */
@Internal
public enum FrameType {

	/** First frame of the client: its identity, the session to resume, its limits. */
	HELLO(0, false, false),

	/** First frame of the server: the session and the limits of the server. */
	WELCOME(1, false, false),

	/** Acknowledgement, ping (with E) and pong. */
	ACK(2, false, true),

	/** The sender is about to close, or the client ends the session. */
	GOAWAY(3, false, false),

	/** Binds an alias, announces or withdraws an action. */
	DEFINE(4, true, false),

	/** A push without a reply. */
	EVENT(5, true, false),

	/** Opens a stream: runs an action. */
	INVOKE(8, true, true),

	/** An item, or with E the result. */
	DATA(9, true, true),

	/** A piece of text, cut at code points. */
	TEXT(10, true, true),

	/** A piece of opaque bytes. */
	BYTES(11, true, true),

	/** Ends a stream in both directions with a code. */
	ERROR(12, true, false),

	/** The caller asks to stop. */
	INTERRUPT(13, true, false),

	/** Grants items. */
	CREDIT(14, false, false),

	/** Bytes that belong in front of the next body on the stream. */
	PART(15, false, false),

	/** A type of a later version that may be skipped. */
	EXTENSION(24, true, false);

	/** First code of the extension types, which a receiver skips. */
	public static final int FIRST_EXTENSION = 24;

	private static final @Nullable FrameType[] BY_CODE = new FrameType[32];

	static {
		for (FrameType type : values()) {
			BY_CODE[type.code] = type;
		}
		for (int code = FIRST_EXTENSION; code < 32; code++) {
			BY_CODE[code] = EXTENSION;
		}
	}

	private final int code;

	private final boolean metadata;

	private final boolean end;

	FrameType(int code, boolean metadata, boolean end) {
		this.code = code;
		this.metadata = metadata;
		this.end = end;
	}

	/**
	 * The type with a code.
	 * @param code 0 to 31
	 * @return the type, or {@code null} for a reserved code
	 */
	public static @Nullable FrameType of(int code) {
		return BY_CODE[code];
	}

	/**
	 * The code in the upper five bits of the first byte.
	 * @return 0 to 31
	 */
	public int code() {
		return this.code;
	}

	/**
	 * Whether frames of this type count in the sequence of their direction.
	 * @return {@code true} from type 4 on
	 */
	public boolean isNumbered() {
		return this.code >= 4;
	}

	/**
	 * Whether frames of this type carry a stream id.
	 * @return {@code true} from type 8 on
	 */
	public boolean hasStream() {
		return this.code >= 8;
	}

	/**
	 * Whether frames of this type open a connection.
	 * @return {@code true} for HELLO and WELCOME
	 */
	public boolean isHandshake() {
		return this == HELLO || this == WELCOME;
	}

	/**
	 * Whether the stream id may be 0: a PART of what has no stream, and what nobody here
	 * understands.
	 * @return {@code true} for PART and extension types
	 */
	public boolean allowsStreamZero() {
		return this == PART || this == EXTENSION;
	}

	/**
	 * Whether the bit M may be set.
	 * @return {@code true} where metadata is allowed
	 */
	public boolean allowsMetadata() {
		return this.metadata;
	}

	/**
	 * Whether the bit E may be set.
	 * @return {@code true} where the end mark is allowed
	 */
	public boolean allowsEnd() {
		return this.end;
	}

}
