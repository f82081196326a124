package com.example.conformance.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import com.example.conformance.wire.WireSocket;

/**
 * An answer to the upgrade that does not end. The client has to leave before it has taken
 * much, and before long.
 */
final class EndlessAnswer {

	/**
	 * Bytes that a client may have taken: what its limit allows, and all buffers between.
	 */
	private static final long MOST = 24L * 1024 * 1024;

	private final WireSocket socket;

	private final FrameLog log;

	EndlessAnswer(WireSocket socket, FrameLog log) {
		this.socket = socket;
		this.log = log;
	}

	/**
	 * Write until the client has gone.
	 * @param answer {@code head} once, then {@code piece} again and again, one
	 * {@code every} so many milliseconds if there is such a number
	 */
	void write(Map<?, ?> answer) {
		byte[] piece = bytes(answer.get("piece"));
		long pause = (answer.get("every") instanceof Number millis) ? millis.longValue() : 0;
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FrameLog.PATIENCE);
		long written = 0;
		try {
			this.socket.raw(bytes(answer.get("head")));
			while (written < MOST && System.nanoTime() < end) {
				this.socket.raw(piece);
				written += piece.length;
				if (pause > 0) {
					LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
				}
			}
		}
		catch (IOException ex) {
			// The client has gone, as it should.
			return;
		}
		this.log.finding("the client has taken " + written + " bytes of an answer that does not end");
	}

	private static byte[] bytes(Object text) {
		return String.valueOf(text).getBytes(StandardCharsets.ISO_8859_1);
	}

}
