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

	/**
	 * Create an exception.
	 * @param malformed whether the bytes are no valid CBOR or JSON at all, as opposed to
	 * valid ones that do not fit the type
	 * @param pointer JSON pointer to the value that does not fit, or empty
	 * @param message safe text for the peer
	 * @param cause for the log
	 */
	public CodecException(boolean malformed, String pointer, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.malformed = malformed;
		this.pointer = pointer;
	}

	/**
	 * Whether the bytes are no valid CBOR or JSON.
	 * @return {@code false} when they are valid and only do not fit
	 */
	public boolean isMalformed() {
		return this.malformed;
	}

	/**
	 * Where the value does not fit.
	 * @return a JSON pointer, or empty
	 */
	public String pointer() {
		return this.pointer;
	}

}
