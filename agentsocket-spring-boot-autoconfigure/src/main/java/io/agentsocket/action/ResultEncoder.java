package io.agentsocket.action;

import java.lang.reflect.Type;
import java.nio.ByteBuffer;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Encoded;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * Makes payloads of the items of one publisher: the results of an action, or the items of
 * its caller. All ways out of an action use it, so that a result is the same on each. For
 * one thread at a time. Implements sections 5.8 to 5.10 of {@code docs/protocol.md}.
 */
@Internal
public final class ResultEncoder {

	private final Codec codec;

	private final @Nullable ResultShape shape;

	private final @Nullable Type type;

	/** Made with the first piece of text: most results have none. */
	private @Nullable TextPieces texts;

	/**
	 * Create an encoder.
	 * @param codec writes values
	 * @param shape shape of the results, or {@code null} to go by the class of each item
	 * @param type declared type of the value or item, or {@code null} to go by its class
	 */
	public ResultEncoder(Codec codec, @Nullable ResultShape shape, @Nullable Type type) {
		this.codec = codec;
		this.shape = shape;
		this.type = type;
	}

	/**
	 * Create an encoder of the results of an action.
	 * @param codec writes values
	 * @param action the action
	 */
	public ResultEncoder(Codec codec, Action action) {
		this(codec, action.result(), action.resultType());
	}

	/**
	 * The type of the frame that carries an item.
	 * @param item the item, or {@code null} when there is none
	 * @return DATA, TEXT or BYTES
	 */
	public FrameType frameType(@Nullable Object item) {
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
		return isBinary(item) ? FrameType.BYTES : FrameType.DATA;
	}

	private static boolean isBinary(@Nullable Object item) {
		return item instanceof byte[] || item instanceof Bytes || item instanceof ByteBuffer;
	}

	/**
	 * Encode an item.
	 * @param item the item
	 * @return its payload; empty for a text of which nothing is complete yet
	 * @throws CodecException if an item of a caller cannot be written
	 * @throws IllegalStateException if a result cannot be written, which is not the fault
	 * of the caller
	 */
	public Bytes encode(Object item) {
		try {
			if (item instanceof Encoded encoded) {
				endText();
				return encoded.bytes();
			}
			FrameType frame = frameType(item);
			if (frame == FrameType.TEXT) {
				return texts().next(item.toString());
			}
			endText();
			if (frame == FrameType.BYTES) {
				return bytes(item);
			}
			return (this.type != null) ? this.codec.encode(item, this.type) : this.codec.encode(item);
		}
		catch (CodecException ex) {
			throw unwritable(ex);
		}
	}

	/**
	 * There are no more items.
	 * @throws CodecException if the text of a caller ends within a character
	 * @throws IllegalStateException if the text of a result does
	 */
	public void end() {
		try {
			endText();
		}
		catch (CodecException ex) {
			throw unwritable(ex);
		}
	}

	private TextPieces texts() {
		TextPieces known = this.texts;
		if (known == null) {
			known = new TextPieces();
			this.texts = known;
		}
		return known;
	}

	private void endText() {
		if (this.texts != null) {
			this.texts.end();
		}
	}

	private RuntimeException unwritable(CodecException error) {
		// An action that reads something malformed fails with a CodecException, too.
		return (this.shape == null) ? error : new IllegalStateException("A result cannot be written", error);
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

}
