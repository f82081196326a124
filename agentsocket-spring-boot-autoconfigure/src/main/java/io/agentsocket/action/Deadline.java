package io.agentsocket.action;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * When an invocation must be over, as a parameter of a tool. Immutable.
 */
public final class Deadline {

	/** No deadline: never expires. */
	public static final Deadline NONE = new Deadline(null, Clock.systemUTC());

	private final @Nullable Instant instant;

	private final Clock clock;

	private Deadline(@Nullable Instant instant, Clock clock) {
		this.instant = instant;
		this.clock = clock;
	}

	/**
	 * A deadline at an instant.
	 * @param instant the instant
	 * @return the deadline
	 */
	public static Deadline at(Instant instant) {
		return at(instant, Clock.systemUTC());
	}

	/**
	 * A deadline at an instant of a given clock.
	 * @param instant the instant
	 * @param clock tells the time
	 * @return the deadline
	 */
	public static Deadline at(Instant instant, Clock clock) {
		return new Deadline(instant, clock);
	}

	/**
	 * The deadline of an invocation.
	 * @param exchange the invocation
	 * @return its deadline, or {@link #NONE}
	 */
	public static Deadline of(AgentExchange exchange) {
		Instant instant = exchange.deadline().orElse(null);
		return (instant != null) ? at(instant) : NONE;
	}

	/**
	 * The instant.
	 * @return the instant, or empty without a deadline
	 */
	public Optional<Instant> instant() {
		return Optional.ofNullable(this.instant);
	}

	/**
	 * The time that is left.
	 * @return zero or more, or empty without a deadline
	 */
	public Optional<Duration> remaining() {
		if (this.instant == null) {
			return Optional.empty();
		}
		Duration left = Duration.between(this.clock.instant(), this.instant);
		return Optional.of(left.isNegative() ? Duration.ZERO : left);
	}

	/**
	 * Whether the instant has passed.
	 * @return {@code false} without a deadline
	 */
	public boolean isExpired() {
		return this.instant != null && !this.clock.instant().isBefore(this.instant);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Deadline that && Objects.equals(this.instant, that.instant);
	}

	@Override
	public int hashCode() {
		return Objects.hashCode(this.instant);
	}

	@Override
	public String toString() {
		return (this.instant != null) ? this.instant.toString() : "none";
	}

}
