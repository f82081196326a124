package io.agentsocket.server;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.server.bounds.MemoryBudget;
import io.agentsocket.server.bounds.MemoryBudget.Stage;

/**
 * Messages of an agent that came between HELLO and WELCOME: kept for the peer, within two
 * windows and the memory of the pod. Used by one thread at a time.
 */
final class EarlyMessages {

	/**
	 * Bytes that each message counts beside its own: about as many as it takes of the
	 * heap, so that empty ones are bounded as well.
	 */
	private static final int OVERHEAD = 64;

	/**
	 * Windows that may wait: an agent may fill one before WELCOME, and the overhead of
	 * messages comes on top.
	 */
	private static final long WINDOWS = 2;

	private final long limit;

	private final MemoryBudget memory;

	private final Queue<Bytes> messages = new ArrayDeque<>();

	private int held;

	EarlyMessages(long window, MemoryBudget memory) {
		this.limit = Math.min(Integer.MAX_VALUE, WINDOWS * window);
		this.memory = memory;
	}

	/**
	 * Keep a message.
	 * @param message the message
	 * @throws ProtocolException if there is no room for it
	 */
	void add(Bytes message) {
		int bytes = message.length() + OVERHEAD;
		if (this.held + (long) bytes > this.limit) {
			throw new ProtocolException(CloseCode.PROTOCOL, "The window is exceeded before WELCOME");
		}
		if (this.memory.isIn(Stage.PAYLOADS)) {
			throw new ProtocolException(CloseCode.OVERLOADED, "No memory for messages before WELCOME");
		}
		this.held += bytes;
		this.memory.add(bytes);
		this.messages.add(message);
	}

	/**
	 * Give all messages away, in their order, until one of them makes the receiver
	 * discard the others.
	 */
	void handOver(Consumer<Bytes> receiver) {
		Bytes message = this.messages.poll();
		while (message != null) {
			receiver.accept(message);
			message = this.messages.poll();
		}
		discard();
	}

	/** Forget all messages. */
	void discard() {
		this.messages.clear();
		this.memory.add(-this.held);
		this.held = 0;
	}

}
