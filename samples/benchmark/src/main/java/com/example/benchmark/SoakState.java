package com.example.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The state of a server at one moment: when all agents have left and garbage was
 * collected, or with all agents connected.
 *
 * @param heap used heap, in bytes
 * @param direct direct memory of Netty's allocator, in bytes
 * @param threads live threads
 * @param files open file descriptors, -1 where they cannot be counted
 * @param connections open sockets
 * @param sessions sessions, detached ones included
 * @param streams open invocations in both directions
 * @param timers tasks that wait in Reactor's schedulers
 * @param cpu processor time used so far, in microseconds
 */
record SoakState(long heap, long direct, long threads, long files, long connections, long sessions, long streams,
		long timers, long cpu) {

	/** The heap of a JVM differs by this much from one look to the next. */
	private static final long HEAP_NOISE = 4 << 20;

	/** The allocator keeps memory in pieces of this order. */
	private static final long DIRECT_NOISE = 4 << 20;

	/**
	 * Reactor's elastic scheduler has up to ten for each core, and keeps them for a
	 * minute.
	 */
	private static final long THREADS_NOISE = 10L * Runtime.getRuntime().availableProcessors();

	/** Sockets that are closed a moment later, such as those of health checks. */
	private static final long FILES_NOISE = 4;

	/** Timers of the application that have nothing to do with agents. */
	private static final long TIMERS_NOISE = 2;

	static SoakState parse(String line) {
		List<Long> values = Arrays.stream(line.split(",")).map(Long::valueOf).toList();
		return new SoakState(values.get(0), values.get(1), values.get(2), values.get(3), values.get(4), values.get(5),
				values.get(6), values.get(7), values.get(8));
	}

	String encode() {
		return values().stream().map(String::valueOf).collect(Collectors.joining(","));
	}

	private List<Long> values() {
		return List.of(this.heap, this.direct, this.threads, this.files, this.connections, this.sessions, this.streams,
				this.timers, this.cpu);
	}

	/**
	 * Names the figures that have grown since an earlier moment by more than they may
	 * differ.
	 * @param before the earlier moment
	 * @return one line for each, empty if nothing has
	 */
	List<String> grownSince(SoakState before) {
		List<Growth> all = List.of(new Growth("heap", before.heap, this.heap, Math.max(HEAP_NOISE, before.heap / 20)),
				new Growth("direct memory", before.direct, this.direct, DIRECT_NOISE),
				new Growth("threads", before.threads, this.threads, THREADS_NOISE),
				new Growth("file descriptors", before.files, this.files, FILES_NOISE),
				new Growth("connections", 0, this.connections, 0), new Growth("sessions", 0, this.sessions, 0),
				new Growth("open invocations", 0, this.streams, 0),
				new Growth("timers", before.timers, this.timers, TIMERS_NOISE));
		return all.stream().filter(Growth::isTooMuch).map(Growth::toString).toList();
	}

	/** A row of the table that a run prints. */
	String row(String name) {
		return String.format(Locale.ROOT, "| %s | %.1f | %.2f | %d | %d | %d | %d | %d | %d | %.1f |", name,
				this.heap / 1048576.0, this.direct / 1048576.0, this.threads, this.files, this.connections,
				this.sessions, this.streams, this.timers, this.cpu / 1e6);
	}

	private record Growth(String what, long before, long after, long noise) {

		boolean isTooMuch() {
			return this.after - this.before > this.noise;
		}

		@Override
		public String toString() {
			return this.what + " " + this.before + " -> " + this.after;
		}

	}

}
