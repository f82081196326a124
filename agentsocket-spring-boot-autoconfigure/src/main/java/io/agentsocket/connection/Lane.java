package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;

import io.agentsocket.protocol.Bytes;

/**
 * The way from an owner to one of its satellites. Messages between pods may get lost, so
 * they have numbers here, and are kept until the satellite says that it has them. Runs in
 * the owner's loop.
 */
final class Lane {

	/** Bytes that are kept; what is lost beyond that stays lost. */
	private static final int MAX_BYTES = 1024 * 1024;

	/** What was sent for so long should have arrived. */
	private static final long OVERDUE = Duration.ofSeconds(1).toNanos();

	/** A satellite that was not heard to go on for so long cannot go on. */
	private static final long STUCK = Duration.ofSeconds(3).toNanos();

	private final ArrayDeque<Sent> kept = new ArrayDeque<>(2);

	private int bytes;

	/** Number of the last message, 0 before the first one. */
	private long last;

	/** Number of the last message that was neither heard nor kept. */
	private long forgotten;

	private long heard;

	private long heardAt;

	/** A message on its way. */
	private static final class Sent {

		private final long number;

		private final Bytes body;

		private long at;

		Sent(long number, Bytes body, long at) {
			this.number = number;
			this.body = body;
			this.at = at;
		}

	}

	/**
	 * Make the next message.
	 * @param number its number, higher than all before
	 * @param frames its content
	 * @param now the time in nanoseconds
	 * @return the message: the number of the one before, its own, and the content
	 */
	Bytes next(long number, Bytes frames, long now) {
		Bytes body = new Packed.Writer().number(this.last).number(number).bytes(frames).take();
		this.last = number;
		if (this.kept.isEmpty()) {
			this.heardAt = now;
		}
		this.kept.add(new Sent(number, body, now));
		this.bytes += body.length();
		while (this.bytes > MAX_BYTES) {
			this.forgotten = remove().number;
		}
		return body;
	}

	private Sent remove() {
		Sent first = this.kept.remove();
		this.bytes -= first.body.length();
		return first;
	}

	/** The satellite has all messages up to a number. */
	void heard(long number, long now) {
		if (number > this.heard) {
			this.heard = number;
			this.heardAt = now;
		}
		while (!this.kept.isEmpty() && this.kept.getFirst().number <= number) {
			remove();
		}
	}

	/** Whether something is lost for good. */
	boolean isBroken(long now) {
		return this.heard < this.forgotten && now - this.heardAt > STUCK;
	}

	/** Whether all has arrived. */
	boolean isEmpty() {
		return this.kept.isEmpty() && this.heard >= this.forgotten;
	}

	/**
	 * What should have arrived and has not, to be sent again in this order.
	 * @param missing whether the satellite knows that something is missing
	 */
	List<Bytes> overdue(long now, boolean missing) {
		if (this.kept.isEmpty() || (!missing && now - this.kept.getFirst().at < OVERDUE)) {
			return List.of();
		}
		this.kept.forEach((sent) -> sent.at = now);
		return this.kept.stream().map((sent) -> sent.body).toList();
	}

}
