package io.agentsocket.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import io.agentsocket.protocol.Bytes;

/**
 * A socket in memory: records what is written and hands it on.
 */
final class MemoryTransport implements Transport {

	private final Executor executor;

	private final boolean masks;

	final List<Bytes> written = new ArrayList<>();

	Consumer<Bytes> onWrite = (message) -> {
	};

	Runnable onClose = () -> {
	};

	volatile boolean writable = true;

	/**
	 * Messages that may be written before the socket asks for more; -1 for any number.
	 */
	volatile int demand = -1;

	volatile int closeCode;

	volatile String closeReason = "";

	MemoryTransport(Executor executor, boolean masks) {
		this.executor = executor;
		this.masks = masks;
	}

	@Override
	public Executor executor() {
		return this.executor;
	}

	@Override
	public boolean isWritable() {
		return this.writable && this.demand != 0;
	}

	@Override
	public void write(Bytes message) {
		if (this.closeCode != 0) {
			throw new IllegalStateException("Written after close");
		}
		if (this.demand == 0) {
			throw new IllegalStateException("Written although the socket did not ask for it");
		}
		this.demand = (this.demand > 0) ? this.demand - 1 : -1;
		synchronized (this.written) {
			this.written.add(message);
		}
		this.onWrite.accept(message);
	}

	@Override
	public void close(int code, String reason) {
		if (this.closeCode == 0) {
			this.closeCode = code;
			this.closeReason = reason;
			this.onClose.run();
		}
	}

	/**
	 * Bytes on the wire, headers and masks of WebSocket included, since the last call.
	 */
	int takeWireBytes() {
		synchronized (this.written) {
			int bytes = this.written.stream()
				.mapToInt((message) -> message.length() + TrafficCount.header(message.length(), this.masks))
				.sum();
			this.written.clear();
			return bytes;
		}
	}

}
