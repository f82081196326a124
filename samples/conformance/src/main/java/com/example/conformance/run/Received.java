package com.example.conformance.run;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.example.conformance.wire.Values;

/**
 * Frames that came on a connection of a script, then the code of its close. The thread
 * that reads adds them, the one that plays the acts takes them.
 */
final class Received {

	private final BlockingQueue<Object> queue = new LinkedBlockingQueue<>();

	/** Frames that came while a ping was waiting for its answer. */
	private final Queue<Object> ahead = new ArrayDeque<>();

	private final Bindings bindings;

	private volatile boolean closed;

	Received(Bindings bindings) {
		this.bindings = bindings;
	}

	void frame(Map<String, Object> frame) {
		this.queue.add(frame);
	}

	/** The connection has ended; the code follows when it is known. */
	void closed() {
		this.closed = true;
	}

	boolean isClosed() {
		return this.closed;
	}

	void close(int code) {
		this.queue.add(code);
	}

	private Object next(String wanted) throws InterruptedException {
		Object next = this.ahead.poll();
		if (next == null) {
			next = this.queue.poll(FrameLog.PATIENCE, TimeUnit.MILLISECONDS);
		}
		if (next == null) {
			throw new CaseFailed("nothing came where " + wanted + " was expected");
		}
		return next;
	}

	Map<?, ?> expect(Map<?, ?> expected) throws InterruptedException {
		boolean ack = "ACK".equals(expected.get("type"));
		Object next = next(expected.toString());
		while (!ack && next instanceof Map<?, ?> frame && frame.get("type").equals("ACK")) {
			next = next(expected.toString());
		}
		if (!(next instanceof Map<?, ?> frame)) {
			throw new CaseFailed("the client closed with " + next + " where " + expected + " was expected");
		}
		if (!this.bindings.matches(expected, frame)) {
			throw new CaseFailed(frame + " came where " + expected + " was expected");
		}
		return frame;
	}

	void awaitFrame(Map<?, ?> expected) throws InterruptedException {
		Object next = next(expected.toString());
		while (!(next instanceof Map<?, ?> frame) || !this.bindings.matches(expected, frame)) {
			if (next instanceof Integer) {
				throw new CaseFailed("the client closed with " + next + " where " + expected + " was expected");
			}
			next = next(expected.toString());
		}
	}

	/** Wait for an acknowledgement, and keep what comes before it. */
	void expectAnswer(Map<String, Object> right, String answer) throws InterruptedException {
		List<Object> others = new ArrayList<>();
		Object next = next(answer);
		while (!Values.has(right, next)) {
			if (next instanceof Integer) {
				throw new CaseFailed("the client closed with " + next + " where " + answer + " was expected");
			}
			others.add(next);
			next = next(answer);
		}
		this.ahead.addAll(others);
	}

	void expectClose(Object codes) throws InterruptedException {
		Object next = next("a close with " + codes);
		while (next instanceof Map) {
			next = next("a close with " + codes);
		}
		List<?> allowed = (codes instanceof List<?> list) ? list : List.of(codes);
		this.queue.add(next);
		if (!allowed.contains(next)) {
			throw new CaseFailed("the client closed with " + next + ", not with " + codes);
		}
	}

	void awaitEnd() throws InterruptedException {
		while (!this.closed) {
			Object next = next("the end of the connection");
			if (next instanceof Integer) {
				this.queue.add(next);
				return;
			}
		}
	}

	/** Nothing more is expected; how the connection ends is up to the client. */
	void drain() throws InterruptedException {
		while (!this.closed) {
			Object next = this.queue.poll(FrameLog.PATIENCE, TimeUnit.MILLISECONDS);
			if (next == null || next instanceof Integer) {
				return;
			}
		}
	}

}
