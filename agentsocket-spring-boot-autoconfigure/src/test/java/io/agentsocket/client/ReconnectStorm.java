package io.agentsocket.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Simulates agents that have lost their pods and connect to those that are left. The
 * agents wait as {@link Backoff} says; a pod takes one handshake after the other, which
 * is what its processor does.
 *
 * @param agents agents without a connection
 * @param pods pods that are left
 * @param rate handshakes a pod can do in a second
 * @param greeting sockets before WELCOME that a pod has room for; others are refused with
 * status 503
 * @param retryAfter what a refusal says, 0 for nothing
 * @param spread time over which agents notice: 0 when their sockets break at once, the
 * {@code drain-spread} of a deploy, or the keep-alive when nothing breaks
 * @param backoff how agents wait
 * @param connectTimeout time after which an agent gives an attempt up
 */
record ReconnectStorm(int agents, int pods, double rate, int greeting, Duration retryAfter, Duration spread,
		Backoff backoff, Duration connectTimeout) {

	/** A refusal is a TCP connection and an HTTP response: a part of a handshake. */
	static final double REFUSAL = 0.2;

	private static final int BROKEN = 1006;

	/** Longer than any of these storms; what is not over then does not end. */
	private static final int LONGEST = 600;

	/** A zone of which nothing is left, and whose sockets break at once. */
	static ReconnectStorm of(int agents, int pods, double rate) {
		return new ReconnectStorm(agents, pods, rate, Integer.MAX_VALUE, Duration.ZERO, Duration.ZERO, Backoff.DEFAULT,
				Duration.ofSeconds(10));
	}

	ReconnectStorm refusing(int room, Duration asked) {
		return new ReconnectStorm(this.agents, this.pods, this.rate, room, asked, this.spread, this.backoff,
				this.connectTimeout);
	}

	ReconnectStorm spreadOver(Duration time) {
		return new ReconnectStorm(this.agents, this.pods, this.rate, this.greeting, this.retryAfter, time, this.backoff,
				this.connectTimeout);
	}

	ReconnectStorm waiting(Backoff other) {
		return new ReconnectStorm(this.agents, this.pods, this.rate, this.greeting, this.retryAfter, this.spread, other,
				this.connectTimeout);
	}

	/** Seconds that the pods need at least. */
	double atLeast() {
		return this.agents / (this.pods * this.rate);
	}

	/** Let all agents come back. */
	Outcome run(RandomGenerator random) {
		Attempts attempts = new Attempts(this.agents);
		boolean drained = !this.spread.isZero();
		for (int i = 0; i < this.agents; i++) {
			Duration wait = drained ? Backoff.within(this.spread, random)
					: this.backoff.first(Duration.ZERO, BROKEN, random);
			// An agent that was asked to leave has a connection until it does.
			attempts.add(seconds(wait), drained ? seconds(wait) : 0);
		}
		Outcome outcome = new Outcome(this.pods);
		double[] free = new double[this.pods];
		while (!attempts.isEmpty()) {
			double time = attempts.time();
			double lost = attempts.lost();
			attempts.remove();
			if (time >= LONGEST) {
				throw new IllegalStateException("Not over after " + LONGEST + " s");
			}
			outcome.attempted(time);
			int pod = random.nextInt(this.pods);
			double begin = Math.max(time, free[pod]);
			boolean full = (begin - time) * this.rate >= this.greeting;
			free[pod] = begin + (full ? REFUSAL : 1) / this.rate;
			double done = full ? time : free[pod];
			boolean late = done - time > seconds(this.connectTimeout);
			if (!full && !late) {
				outcome.connected(done, done - lost);
				continue;
			}
			double failed = late ? time + seconds(this.connectTimeout) : done;
			Duration offline = Duration.ofMillis((long) ((failed - lost) * 1000));
			Duration wait = this.backoff.next(offline, BROKEN, full ? this.retryAfter : Duration.ZERO, random);
			outcome.failed(late);
			attempts.add(failed + seconds(wait), lost);
		}
		return outcome;
	}

	private static double seconds(Duration time) {
		return time.toMillis() / 1000.0;
	}

	/**
	 * The attempts that agents are going to make, the next one first: a heap of numbers,
	 * as a storm makes millions of attempts. Two at the same time come in any order,
	 * which changes nothing: they are alike, or neither fails.
	 */
	private static final class Attempts {

		/** When, in seconds. */
		private final double[] times;

		/** When the agent has lost its connection. */
		private final double[] lost;

		private int size;

		private Attempts(int agents) {
			this.times = new double[agents];
			this.lost = new double[agents];
		}

		private boolean isEmpty() {
			return this.size == 0;
		}

		private double time() {
			return this.times[0];
		}

		private double lost() {
			return this.lost[0];
		}

		private void add(double time, double since) {
			int place = this.size++;
			while (place > 0 && this.times[(place - 1) / 2] > time) {
				move((place - 1) / 2, place);
				place = (place - 1) / 2;
			}
			put(place, time, since);
		}

		private void remove() {
			int last = --this.size;
			double time = this.times[last];
			int place = 0;
			for (int next = earlier(1); next < last && this.times[next] < time; next = earlier(2 * place + 1)) {
				move(next, place);
				place = next;
			}
			put(place, time, this.lost[last]);
		}

		/** The earlier of two attempts that follow the same one. */
		private int earlier(int left) {
			return (left + 1 < this.size && this.times[left + 1] < this.times[left]) ? left + 1 : left;
		}

		private void move(int from, int to) {
			put(to, this.times[from], this.lost[from]);
		}

		private void put(int place, double time, double since) {
			this.times[place] = time;
			this.lost[place] = since;
		}

	}

	/** Attempts and handshakes of a storm. */
	static final class Outcome {

		private final int pods;

		private final int[] attempts = new int[LONGEST + 60];

		private final int[] handshakes = new int[LONGEST + 60];

		private double last;

		private double longest;

		private int refused;

		private int late;

		private Outcome(int pods) {
			this.pods = pods;
		}

		private void attempted(double time) {
			this.attempts[(int) time]++;
		}

		private void connected(double time, double underway) {
			this.handshakes[(int) time]++;
			this.last = Math.max(this.last, time);
			this.longest = Math.max(this.longest, underway);
		}

		private void failed(boolean afterTimeout) {
			if (afterTimeout) {
				this.late++;
			}
			else {
				this.refused++;
			}
		}

		/** Attempts a second at one pod, in a second. */
		double attempts(int second) {
			return (double) this.attempts[second] / this.pods;
		}

		/** Handshakes a second that one pod has finished, in a second. */
		double handshakes(int second) {
			return (double) this.handshakes[second] / this.pods;
		}

		/** The most attempts a second at one pod, from a second on. */
		double peak(int from) {
			double most = 0;
			for (int second = from; second < this.attempts.length; second++) {
				most = Math.max(most, attempts(second));
			}
			return most;
		}

		/** When the last agent is back, in seconds. */
		double last() {
			return this.last;
		}

		/** The longest time that an agent was without a connection, in seconds. */
		double longest() {
			return this.longest;
		}

		/** Attempts that were refused. */
		int refused() {
			return this.refused;
		}

		/** Attempts that agents gave up, and that pods have served in vain. */
		int late() {
			return this.late;
		}

	}

}
