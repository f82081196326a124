package io.agentsocket.server;

import io.agentsocket.protocol.Expect;

/**
 * The bounds of all sessions of a server together: sockets, sessions, invocations and
 * memory. Immutable. An agent that resumes its session is let in whatever is full.
 *
 * @param maxConnections sockets of the pod beyond which only agents that resume are let
 * in
 * @param maxHandshakes sockets of the pod that have no session yet, beyond which upgrades
 * are refused with status 503
 * @param maxHandshakesPerAddress sockets from one address that have no session yet and
 * may open one; four times as many more may resume theirs, beyond which its upgrades are
 * refused with status 429
 * @param maxSessionsPerPrincipal sessions of one principal, beyond which no further one
 * is opened for it
 * @param maxSessionsPerAddress sessions whose agents come from one address, beyond which
 * no further one is opened from there
 * @param maxInvocationsPerPrincipal open invocations of all sessions of one principal
 * @param maxInvocationsPerAddress open invocations of all sessions from one address
 * @param sessionMemory bytes that one session may hold, arguments of its invocations and
 * all that waits included
 * @param memory bytes that all sessions may hold
 */
public record ServerBounds(int maxConnections, int maxHandshakes, int maxHandshakesPerAddress,
		int maxSessionsPerPrincipal, int maxSessionsPerAddress, int maxInvocationsPerPrincipal,
		int maxInvocationsPerAddress, long sessionMemory, long memory) {

	/** The defaults; those of memory depend on the heap. */
	public static final ServerBounds DEFAULTS = builder().build();

	private static final int MB = 1024 * 1024;

	/**
	 * Tenths of the heap. The rest is for the application and the garbage between two
	 * collections, and an estimate may be wrong by half.
	 */
	private static final int TENTHS = 4;

	/** A session may take a quarter of the memory. */
	private static final int SHARE = 4;

	/**
	 * Smallest memory of a session: its unfinished payloads and its queue, 4 MB each.
	 */
	private static final int LEAST_SESSION_MEMORY = 8 * MB;

	/**
	 * Start from the defaults.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Start from these bounds.
	 * @return a builder
	 */
	public Builder mutate() {
		return new Builder(this);
	}

	/**
	 * Builds {@link ServerBounds}. Each setter checks its argument. Not thread-safe.
	 */
	public static final class Builder {

		private int maxConnections = 60_000;

		private int maxHandshakes = 2_000;

		private int maxHandshakesPerAddress = 200;

		private int maxSessionsPerPrincipal = 5_000;

		private int maxSessionsPerAddress = 5_000;

		private int maxInvocationsPerPrincipal = 10_000;

		private int maxInvocationsPerAddress = 10_000;

		private long sessionMemory;

		private long memory;

		private Builder() {
		}

		private Builder(ServerBounds bounds) {
			this.maxConnections = bounds.maxConnections;
			this.maxHandshakes = bounds.maxHandshakes;
			this.maxHandshakesPerAddress = bounds.maxHandshakesPerAddress;
			this.maxSessionsPerPrincipal = bounds.maxSessionsPerPrincipal;
			this.maxSessionsPerAddress = bounds.maxSessionsPerAddress;
			this.maxInvocationsPerPrincipal = bounds.maxInvocationsPerPrincipal;
			this.maxInvocationsPerAddress = bounds.maxInvocationsPerAddress;
			this.sessionMemory = bounds.sessionMemory;
			this.memory = bounds.memory;
		}

		/**
		 * Set the number of sockets of the pod beyond which only agents that resume are
		 * let in; 60,000 by default.
		 * @param maxConnections the number, at least 1
		 * @return this
		 */
		public Builder maxConnections(int maxConnections) {
			this.maxConnections = Expect.atLeast("maxConnections", maxConnections, 1);
			return this;
		}

		/**
		 * Set the number of sockets of the pod that have no session yet, beyond which
		 * upgrades are refused with status 503; 2,000 by default.
		 * @param maxHandshakes the number, at least 1
		 * @return this
		 */
		public Builder maxHandshakes(int maxHandshakes) {
			this.maxHandshakes = Expect.atLeast("maxHandshakes", maxHandshakes, 1);
			return this;
		}

		/**
		 * Set the number of sockets from one address that have no session yet and may
		 * open one; 200 by default. Four times as many more may resume theirs, beyond
		 * which its upgrades are refused with status 429.
		 * @param maxHandshakesPerAddress the number, at least 1
		 * @return this
		 */
		public Builder maxHandshakesPerAddress(int maxHandshakesPerAddress) {
			this.maxHandshakesPerAddress = Expect.atLeast("maxHandshakesPerAddress", maxHandshakesPerAddress, 1);
			return this;
		}

		/**
		 * Set the number of sessions of one principal, beyond which no further one is
		 * opened for it; 5,000 by default.
		 * @param maxSessionsPerPrincipal the number, at least 1
		 * @return this
		 */
		public Builder maxSessionsPerPrincipal(int maxSessionsPerPrincipal) {
			this.maxSessionsPerPrincipal = Expect.atLeast("maxSessionsPerPrincipal", maxSessionsPerPrincipal, 1);
			return this;
		}

		/**
		 * Set the number of sessions whose agents come from one address, beyond which no
		 * further one is opened from there; 5,000 by default.
		 * @param maxSessionsPerAddress the number, at least 1
		 * @return this
		 */
		public Builder maxSessionsPerAddress(int maxSessionsPerAddress) {
			this.maxSessionsPerAddress = Expect.atLeast("maxSessionsPerAddress", maxSessionsPerAddress, 1);
			return this;
		}

		/**
		 * Set the number of open invocations of all sessions of one principal; 10,000 by
		 * default.
		 * @param maxInvocationsPerPrincipal the number, at least 1
		 * @return this
		 */
		public Builder maxInvocationsPerPrincipal(int maxInvocationsPerPrincipal) {
			this.maxInvocationsPerPrincipal = Expect.atLeast("maxInvocationsPerPrincipal", maxInvocationsPerPrincipal,
					1);
			return this;
		}

		/**
		 * Set the number of open invocations of all sessions from one address; 10,000 by
		 * default.
		 * @param maxInvocationsPerAddress the number, at least 1
		 * @return this
		 */
		public Builder maxInvocationsPerAddress(int maxInvocationsPerAddress) {
			this.maxInvocationsPerAddress = Expect.atLeast("maxInvocationsPerAddress", maxInvocationsPerAddress, 1);
			return this;
		}

		/**
		 * Set the bytes that one session may hold; by default a quarter of the memory,
		 * and at least 8 MB.
		 * @param sessionMemory the bytes, 0 for the default
		 * @return this
		 */
		public Builder sessionMemory(long sessionMemory) {
			this.sessionMemory = Expect.notNegative("sessionMemory", sessionMemory);
			return this;
		}

		/**
		 * Set the bytes that all sessions may hold; by default four tenths of the largest
		 * heap.
		 * @param memory the bytes, 0 for the default
		 * @return this
		 */
		public Builder memory(long memory) {
			this.memory = Expect.notNegative("memory", memory);
			return this;
		}

		/**
		 * Build the bounds.
		 * @return the bounds
		 */
		public ServerBounds build() {
			long all = (this.memory != 0) ? this.memory : Runtime.getRuntime().maxMemory() / 10 * TENTHS;
			long each = (this.sessionMemory != 0) ? this.sessionMemory : Math.max(all / SHARE, LEAST_SESSION_MEMORY);
			return new ServerBounds(this.maxConnections, this.maxHandshakes, this.maxHandshakesPerAddress,
					this.maxSessionsPerPrincipal, this.maxSessionsPerAddress, this.maxInvocationsPerPrincipal,
					this.maxInvocationsPerAddress, each, all);
		}

	}

}
