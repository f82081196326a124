package io.agentsocket.servlet;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of an upgraded connection, as its container has them. All methods are called
 * in the loop of the socket, one at a time.
 */
interface ByteChannel {

	/**
	 * Read all bytes that have arrived, without waiting.
	 * @param buffer is cleared, filled, and left for reading
	 * @return number of bytes, 0 if there are none now, -1 at the end
	 * @throws IOException if the connection is broken
	 */
	int read(ByteBuffer buffer) throws IOException;

	/** Have {@link ContainerSocket#readable()} called once, when there is more. */
	void awaitReadable();

	/**
	 * Write without waiting. The container goes on with the bytes that it cannot write at
	 * once.
	 * @param buffers the bytes to write; they belong to the container now
	 * @return {@code true} if everything is written; otherwise
	 * {@link ContainerSocket#writable()} is called, and nothing may be written before
	 * @throws IOException if the connection is broken
	 */
	boolean write(ByteBuffer... buffers) throws IOException;

	/**
	 * Go on with bytes that could not be written at once; called after
	 * {@link ContainerSocket#writable()}.
	 * @return as for {@link #write}
	 * @throws IOException if the connection is broken
	 */
	boolean isWritten() throws IOException;

	/** Close the connection. */
	void close();

	/** Close the connection and drop all bytes that the peer has not taken. */
	void reset();

}
