package com.example.conformance.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import com.example.conformance.wire.Values;

/**
 * The traffic on the connections of a run. Thread-safe; waits are woken by whatever is
 * noted.
 */
final class FrameLog {

	/**
	 * Longest wait of a command, in milliseconds; a step has 90 s. Nothing takes that
	 * long on a machine that has time.
	 */
	static final long PATIENCE = 60_000;

	private final List<Map<String, Object>> frames = new ArrayList<>();

	private final List<String> findings = new ArrayList<>();

	private int connections;

	private int welcomes;

	private String status = "none";

	/** Time before which no connection may come, of the clock of {@code nanoTime}. */
	private long earliest = Long.MIN_VALUE;

	/** A connection was opened. */
	synchronized int opened() {
		this.connections++;
		if (this.earliest != Long.MIN_VALUE && System.nanoTime() < this.earliest) {
			this.findings.add("a connection came before the time of Retry-After");
		}
		this.earliest = Long.MIN_VALUE;
		notifyAll();
		return this.connections;
	}

	synchronized void frame(String from, Map<String, Object> frame) {
		frame.put("from", from);
		this.frames.add(frame);
		if (frame.get("type").equals("WELCOME") && frame.get("map") instanceof Map<?, ?> welcome) {
			this.welcomes++;
			this.status = String.valueOf(welcome.get("status"));
		}
		notifyAll();
	}

	synchronized void finding(String finding) {
		this.findings.add(finding);
		notifyAll();
	}

	/** The next connection must not come before this time. */
	synchronized void notBefore(Duration time) {
		this.earliest = System.nanoTime() + time.toNanos();
	}

	/** Wait for a condition, but not for long. */
	synchronized void awaitAtMost(long millis, BooleanSupplier condition) throws InterruptedException {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		long left = millis;
		while (left > 0 && !condition.getAsBoolean()) {
			wait(left);
			left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
		}
	}

	synchronized void changed() {
		notifyAll();
	}

	synchronized List<String> findings() {
		return List.copyOf(this.findings);
	}

	synchronized int connections() {
		return this.connections;
	}

	synchronized int welcomes() {
		return this.welcomes;
	}

	synchronized String status() {
		return this.status;
	}

	synchronized int count(Map<?, ?> members) {
		return (int) this.frames.stream().filter((frame) -> Values.has(members, frame)).count();
	}

	/** The latest frame with these members. */
	synchronized Map<String, Object> latest(Map<?, ?> members) {
		return this.frames.stream()
			.filter((frame) -> Values.has(members, frame))
			.reduce((first, second) -> second)
			.orElseThrow(() -> new CaseFailed("no frame " + members));
	}

	/** The latest frames, for a message. */
	synchronized String tail() {
		return this.frames.subList(Math.max(0, this.frames.size() - 4), this.frames.size()).toString();
	}

	/** Wait for a condition on what was noted. */
	synchronized void await(String what, BooleanSupplier condition) throws InterruptedException {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE);
		while (!condition.getAsBoolean()) {
			long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
			if (left <= 0) {
				throw new CaseFailed(what + " did not happen");
			}
			wait(left);
		}
	}

}
