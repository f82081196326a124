package io.agentsocket.codec;

import io.agentsocket.protocol.AgentSocketException;
import org.jspecify.annotations.Nullable;

/**
 * A payload cannot be written or read.
 */
public final class CodecException extends AgentSocketException {

	private static final long serialVersionUID = 1L;

	private final boolean malformed;

	private final String pointer;

	private final String rule;

	/**
	 * Create an exception.
	 * @param malformed whether the bytes are no valid CBOR or JSON at all, as opposed to
	 * valid ones that do not fit the type
	 * @param pointer JSON pointer to the value that does not fit, or empty
	 * @param message safe text for the peer
	 * @param cause for the log
	 */
	public CodecException(boolean malformed, String pointer, String message, @Nullable Throwable cause) {
		this(malformed, pointer, malformed ? "encoding" : "type", message, cause);
	}

	CodecException(boolean malformed, String pointer, String rule, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.malformed = malformed;
		this.pointer = pointer;
		this.rule = rule;
	}

	/**
	 * Whether the bytes are no valid CBOR or JSON.
	 * @return {@code false} when they are valid and only do not fit
	 */
	public boolean isMalformed() {
		return this.malformed;
	}

	/**
	 * Which rule the value breaks, in the words of JSON Schema where it has one.
	 * @return {@code type}, {@code required}, {@code additionalProperties},
	 * {@code range}, {@code format}, {@code uniqueItems}, {@code propertyNames} or
	 * {@code encoding}
	 */
	public String rule() {
		return this.rule;
	}

	/**
	 * Where the value does not fit.
	 * @return a JSON pointer, or empty
	 */
	public String pointer() {
		return this.pointer;
	}

	/**
	 * Names the place, as the message is for the peer, which is told the place beside it.
	 */
	@Override
	public String toString() {
		return this.pointer.isEmpty() ? super.toString()
				: getClass().getName() + ": " + this.pointer + " " + getMessage();
	}

}
