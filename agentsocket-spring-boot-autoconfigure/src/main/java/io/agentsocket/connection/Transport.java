package io.agentsocket.connection;

import java.util.concurrent.Executor;

import io.agentsocket.protocol.Bytes;

/**
 * A WebSocket, as far as the engine needs it. The engine calls {@link #isWritable()} and
 * {@link #write(Bytes)} on {@link #executor()} only; {@link #close(int, String)} from any
 * thread.
 */
public interface Transport {

	/**
	 * The event loop of the socket. Tasks run one at a time in the order of their
	 * submission. Messages of the socket arrive on it, too.
	 * @return the executor
	 */
	Executor executor();

	/**
	 * Whether a further message is accepted now. When {@code false}, the transport calls
	 * {@link Peer#writable()} as soon as that changes.
	 * @return {@code true} when {@link #write(Bytes)} may be called
	 */
	boolean isWritable();

	/**
	 * Hand over a binary message, to be flushed at the end of the event loop's tick.
	 * @param message the message
	 */
	void write(Bytes message);

	/**
	 * Close the socket behind all written messages.
	 * @param code close code
	 * @param reason the rule that was broken, or empty; at most 120 bytes
	 */
	void close(int code, String reason);

}
