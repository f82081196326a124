package io.agentsocket.transport;

import io.agentsocket.protocol.Bytes;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;

/**
 * A message on its way out through Netty.
 */
final class BinaryMessage extends BinaryWebSocketFrame {

	/**
	 * A message of so many bytes is flushed by itself, so that the other side works on it
	 * while this one goes on: without that both wait for each other's turn to end.
	 * Smaller ones wait for the end of the event loop's turn, as a flush for each costs
	 * more than it gains.
	 */
	private static final int FLUSHED_BYTES = 512;

	private final boolean flushed;

	BinaryMessage(Bytes bytes) {
		super(Unpooled.wrappedBuffer(bytes.array(), bytes.offset(), bytes.length()));
		this.flushed = bytes.length() >= FLUSHED_BYTES;
	}

	/** Whether the message does not wait for others; may be asked when it is written. */
	boolean isFlushed() {
		return this.flushed;
	}

}
