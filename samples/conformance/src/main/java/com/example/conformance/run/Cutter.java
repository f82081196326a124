package com.example.conformance.run;

import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Decides after which message a connection breaks: on command, in each round after
 * another one, or at random. The messages of the handshake count for commands only. Not
 * thread-safe.
 */
final class Cutter {

	private final Map<?, ?> rounds;

	private final int round;

	private final Random random;

	private final int least;

	private final int most;

	private String from = "";

	private int after;

	private boolean lose;

	private int left;

	private int cuts;

	Cutter(Map<?, ?> server, int round, long seed) {
		this.rounds = (server.get("cut") instanceof Map<?, ?> cut) ? cut : Map.of();
		this.round = round;
		this.random = new Random(seed);
		Map<?, ?> chaos = (server.get("chaos") instanceof Map<?, ?> map) ? map : Map.of();
		this.left = (chaos.get("cuts") instanceof Number number) ? number.intValue() : 0;
		List<?> between = (chaos.get("between") instanceof List<?> list) ? list : List.of(1, 8);
		this.least = ((Number) between.get(0)).intValue();
		this.most = ((Number) between.get(1)).intValue();
	}

	/** Whether this run cuts in rounds. */
	boolean hasRounds() {
		return !this.rounds.isEmpty();
	}

	/** How often it has cut. */
	int cuts() {
		return this.cuts;
	}

	void set(String side, int messages, boolean lost) {
		this.from = side;
		this.after = messages;
		this.lose = lost;
	}

	/** WELCOME has passed: what follows is counted. */
	void greeted(boolean first) {
		if (hasRounds() && first) {
			set(String.valueOf(this.rounds.get("from")), this.round + 1, this.rounds.get("lose") == Boolean.TRUE);
		}
		else if (this.left > 0) {
			this.left--;
			set(this.random.nextBoolean() ? "server" : "client", this.random.nextInt(this.least, this.most + 1),
					this.random.nextBoolean());
		}
	}

	/**
	 * A message is about to be passed on.
	 * @param side where it comes from
	 * @return what to do with it
	 */
	Fate fate(String side) {
		if (!this.from.equals(side)) {
			return Fate.PASS;
		}
		this.after--;
		if (this.after > 0) {
			return Fate.PASS;
		}
		this.from = "";
		this.cuts++;
		return this.lose ? Fate.LOSE : Fate.LAST;
	}

	/** The fate of a message. */
	enum Fate {

		/** It goes on. */
		PASS,

		/** It goes on, and the connection breaks behind it. */
		LAST,

		/** The connection breaks before it. */
		LOSE

	}

}
