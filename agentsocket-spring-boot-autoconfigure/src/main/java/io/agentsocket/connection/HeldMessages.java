package io.agentsocket.connection;

import java.util.ArrayDeque;

import io.agentsocket.protocol.Bytes;

/**
 * Messages of one connection that are built, and written when they have become durable.
 * Runs in the peer's loop.
 */
final class HeldMessages {

	private final Transport connection;

	private final ArrayDeque<Bytes> messages = new ArrayDeque<>();

	/** Messages that were added. */
	private long built;

	/** Messages among them whose step is known. */
	private long awaited;

	/** Messages among them that are durable. */
	private long durable;

	/** Messages among them that are written. */
	private long written;

	HeldMessages(Transport connection) {
		this.connection = connection;
	}

	void add(Bytes message) {
		this.built++;
		this.messages.add(message);
	}

	boolean isEmpty() {
		return this.messages.isEmpty();
	}

	/**
	 * Takes note that the next step has the messages that were added since the last call.
	 * @return number of all messages that were added, or 0 when none was since then
	 */
	long claim() {
		if (this.built == this.awaited) {
			return 0;
		}
		this.awaited = this.built;
		return this.built;
	}

	/**
	 * Messages have become durable.
	 * @param messages how many since the connection began
	 */
	void release(long messages) {
		this.durable = Math.max(this.durable, messages);
		writeDurable();
	}

	/** Writes all that the connection takes, durable or not. */
	void releaseAll() {
		this.durable = this.built;
		writeDurable();
	}

	/**
	 * Writes the durable messages.
	 * @return whether nothing durable waits for the connection
	 */
	boolean writeDurable() {
		while (this.written < this.durable && this.connection.isWritable()) {
			this.written++;
			this.connection.write(this.messages.remove());
		}
		return this.written >= this.durable;
	}

	/** Nothing more is written: the connection is given up, maybe within a write. */
	void close() {
		this.durable = this.written;
	}

	/** Whether something durable waits for the connection. */
	boolean isStalled() {
		return this.written < this.durable;
	}

}
