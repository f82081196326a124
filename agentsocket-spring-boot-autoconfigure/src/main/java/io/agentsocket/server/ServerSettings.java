package io.agentsocket.server;

import java.time.Duration;

import io.agentsocket.connection.Liveness;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.Durability;
import io.agentsocket.transport.WebSocketTransport;

/**
 * How a server treats its connections. Immutable. Implements sections 14, 15 and 23 of
 * {@code docs/protocol.md}.
 */
public final class ServerSettings {

	/** The values of the specification. */
	public static final ServerSettings DEFAULTS = builder().build();

	private final Limits limits;

	private final Duration helloTimeout;

	private final Duration keepAlive;

	private final Duration keepAliveTimeout;

	private final Duration stallTimeout;

	private final Duration closeTimeout;

	private final Duration idleTimeout;

	private final Duration unconfirmedTimeout;

	private final Duration maxSessionAge;

	private final Duration maxConnectionAge;

	private final Duration drainTimeout;

	private final Duration drainSpread;

	private final int maxSessions;

	private final Durability durability;

	private final ServerBounds bounds;

	private ServerSettings(Builder builder) {
		this.limits = builder.limits;
		this.helloTimeout = builder.helloTimeout;
		this.keepAlive = builder.keepAlive;
		this.keepAliveTimeout = builder.keepAliveTimeout;
		this.stallTimeout = builder.stallTimeout;
		this.closeTimeout = builder.closeTimeout;
		this.idleTimeout = builder.idleTimeout;
		this.unconfirmedTimeout = builder.unconfirmedTimeout;
		this.maxSessionAge = builder.maxSessionAge;
		this.maxConnectionAge = builder.maxConnectionAge;
		this.drainTimeout = builder.drainTimeout;
		this.drainSpread = builder.drainSpread;
		this.maxSessions = builder.maxSessions;
		this.durability = builder.durability;
		this.bounds = builder.bounds;
	}

	/**
	 * Start from the values of the specification.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Start from these settings.
	 * @return a builder
	 */
	public Builder mutate() {
		return new Builder(this);
	}

	/**
	 * Limits of the server as a receiver.
	 * @return the limits
	 */
	public Limits limits() {
		return this.limits;
	}

	/**
	 * Time within which HELLO has to come.
	 * @return the time
	 */
	public Duration helloTimeout() {
		return this.helloTimeout;
	}

	/**
	 * Time without sending after which the server asks for a sign of life.
	 * @return the time
	 */
	public Duration keepAlive() {
		return this.keepAlive;
	}

	/**
	 * Time within which a sign of life has to come.
	 * @return the time
	 */
	public Duration keepAliveTimeout() {
		return this.keepAliveTimeout;
	}

	/**
	 * Time after which a connection that takes nothing is closed.
	 * @return the time
	 */
	public Duration stallTimeout() {
		return this.stallTimeout;
	}

	/**
	 * How long a connection may take to close, before it is closed by force.
	 * @return the time
	 */
	public Duration closeTimeout() {
		return this.closeTimeout;
	}

	/**
	 * How long a session is kept without a connection.
	 * @return the time
	 */
	public Duration idleTimeout() {
		return this.idleTimeout;
	}

	/**
	 * How long a session is kept without a connection as long as its agent has sent
	 * nothing after HELLO, if that is shorter than {@link #idleTimeout()}.
	 * @return the time
	 */
	public Duration unconfirmedTimeout() {
		return this.unconfirmedTimeout;
	}

	/**
	 * Age at which a session can no longer be resumed.
	 * @return the time
	 */
	public Duration maxSessionAge() {
		return this.maxSessionAge;
	}

	/**
	 * Age at which a connection is drained, plus or minus a tenth.
	 * @return the time
	 */
	public Duration maxConnectionAge() {
		return this.maxConnectionAge;
	}

	/**
	 * How long a draining connection may finish its invocations.
	 * @return the time
	 */
	public Duration drainTimeout() {
		return this.drainTimeout;
	}

	/**
	 * Time over which drained clients spread their reconnects.
	 * @return the time
	 */
	public Duration drainSpread() {
		return this.drainSpread;
	}

	/**
	 * Number of sessions, detached ones included, beyond which no further one is opened.
	 * @return the number
	 */
	public int maxSessions() {
		return this.maxSessions;
	}

	/**
	 * The bounds of all sessions together.
	 * @return the bounds
	 */
	public ServerBounds bounds() {
		return this.bounds;
	}

	/**
	 * When sent frames become durable, if the store is shared.
	 * @return the durability
	 */
	public Durability durability() {
		return this.durability;
	}

	/**
	 * Builds {@link ServerSettings}. Each setter checks its argument. Not thread-safe.
	 */
	public static final class Builder {

		private Limits limits = Limits.SERVER;

		private Duration helloTimeout = Duration.ofSeconds(5);

		private Duration keepAlive = Liveness.KEEP_ALIVE;

		private Duration keepAliveTimeout = Liveness.DEFAULT.keepAliveTimeout();

		private Duration stallTimeout = Liveness.DEFAULT.stallTimeout();

		private Duration closeTimeout = WebSocketTransport.CLOSE_TIMEOUT;

		private Duration idleTimeout = Duration.ofSeconds(120);

		private Duration unconfirmedTimeout = Duration.ofSeconds(10);

		private Duration maxSessionAge = Duration.ofHours(24);

		private Duration maxConnectionAge = Duration.ofHours(2);

		private Duration drainTimeout = Duration.ofSeconds(10);

		private Duration drainSpread = Duration.ofSeconds(5);

		private int maxSessions = 50_000;

		private Durability durability = Durability.STRICT;

		private ServerBounds bounds = ServerBounds.DEFAULTS;

		private Builder() {
		}

		private Builder(ServerSettings settings) {
			this.limits = settings.limits;
			this.helloTimeout = settings.helloTimeout;
			this.keepAlive = settings.keepAlive;
			this.keepAliveTimeout = settings.keepAliveTimeout;
			this.stallTimeout = settings.stallTimeout;
			this.closeTimeout = settings.closeTimeout;
			this.idleTimeout = settings.idleTimeout;
			this.unconfirmedTimeout = settings.unconfirmedTimeout;
			this.maxSessionAge = settings.maxSessionAge;
			this.maxConnectionAge = settings.maxConnectionAge;
			this.drainTimeout = settings.drainTimeout;
			this.drainSpread = settings.drainSpread;
			this.maxSessions = settings.maxSessions;
			this.durability = settings.durability;
			this.bounds = settings.bounds;
		}

		/**
		 * Set the limits of the server as a receiver; those of the specification by
		 * default.
		 * @param limits the limits
		 * @return this
		 */
		public Builder limits(Limits limits) {
			this.limits = Expect.told("limits", limits);
			return this;
		}

		/**
		 * Set the time within which HELLO has to come; 5 seconds by default.
		 * @param helloTimeout the time, longer than 0
		 * @return this
		 */
		public Builder helloTimeout(Duration helloTimeout) {
			this.helloTimeout = Expect.positive("helloTimeout", helloTimeout);
			return this;
		}

		/**
		 * Set the time without sending after which the server asks for a sign of life; 25
		 * seconds by default. Less than a second, which agents refuse, counts as one.
		 * @param keepAlive the time, longer than 0
		 * @return this
		 */
		public Builder keepAlive(Duration keepAlive) {
			this.keepAlive = Expect.positive("keepAlive", keepAlive);
			return this;
		}

		/**
		 * Set the time within which a sign of life has to come; 10 seconds by default.
		 * @param keepAliveTimeout the time, longer than 0
		 * @return this
		 */
		public Builder keepAliveTimeout(Duration keepAliveTimeout) {
			this.keepAliveTimeout = Expect.positive("keepAliveTimeout", keepAliveTimeout);
			return this;
		}

		/**
		 * Set the time after which a connection that takes nothing is closed; 60 seconds
		 * by default.
		 * @param stallTimeout the time, longer than 0
		 * @return this
		 */
		public Builder stallTimeout(Duration stallTimeout) {
			this.stallTimeout = Expect.positive("stallTimeout", stallTimeout);
			return this;
		}

		/**
		 * Set how long a connection may take to close, before it is closed by force; 5
		 * seconds by default.
		 * @param closeTimeout the time, longer than 0
		 * @return this
		 */
		public Builder closeTimeout(Duration closeTimeout) {
			this.closeTimeout = Expect.positive("closeTimeout", closeTimeout);
			return this;
		}

		/**
		 * Set how long a session is kept without a connection; 120 seconds by default.
		 * @param idleTimeout the time, 0 or longer
		 * @return this
		 */
		public Builder idleTimeout(Duration idleTimeout) {
			this.idleTimeout = Expect.notNegative("idleTimeout", idleTimeout);
			return this;
		}

		/**
		 * Set how long a session is kept without a connection as long as its agent has
		 * sent nothing after HELLO; 10 seconds by default.
		 * @param unconfirmedTimeout the time, 0 or longer
		 * @return this
		 */
		public Builder unconfirmedTimeout(Duration unconfirmedTimeout) {
			this.unconfirmedTimeout = Expect.notNegative("unconfirmedTimeout", unconfirmedTimeout);
			return this;
		}

		/**
		 * Set the age at which a session can no longer be resumed; 24 hours by default.
		 * @param maxSessionAge the time, longer than 0
		 * @return this
		 */
		public Builder maxSessionAge(Duration maxSessionAge) {
			this.maxSessionAge = Expect.positive("maxSessionAge", maxSessionAge);
			return this;
		}

		/**
		 * Set the age at which a connection is drained, plus or minus a tenth; 2 hours by
		 * default.
		 * @param maxConnectionAge the time, longer than 0
		 * @return this
		 */
		public Builder maxConnectionAge(Duration maxConnectionAge) {
			this.maxConnectionAge = Expect.positive("maxConnectionAge", maxConnectionAge);
			return this;
		}

		/**
		 * Set how long a draining connection may finish its invocations; 10 seconds by
		 * default.
		 * @param drainTimeout the time, 0 or longer
		 * @return this
		 */
		public Builder drainTimeout(Duration drainTimeout) {
			this.drainTimeout = Expect.notNegative("drainTimeout", drainTimeout);
			return this;
		}

		/**
		 * Set the time over which drained clients spread their reconnects; 5 seconds by
		 * default.
		 * @param drainSpread the time, 0 or longer
		 * @return this
		 */
		public Builder drainSpread(Duration drainSpread) {
			this.drainSpread = Expect.notNegative("drainSpread", drainSpread);
			return this;
		}

		/**
		 * Set the number of sessions, detached ones included, beyond which no further one
		 * is opened; 50,000 by default.
		 * @param maxSessions the number, at least 1
		 * @return this
		 */
		public Builder maxSessions(int maxSessions) {
			this.maxSessions = Expect.atLeast("maxSessions", maxSessions, 1);
			return this;
		}

		/**
		 * Set the bounds of all sessions together.
		 * @param bounds the bounds
		 * @return this
		 */
		public Builder bounds(ServerBounds bounds) {
			this.bounds = Expect.present("bounds", bounds);
			return this;
		}

		/**
		 * Set when sent frames become durable, if the store is shared; strict by default.
		 * @param durability the durability
		 * @return this
		 */
		public Builder durability(Durability durability) {
			this.durability = Expect.present("durability", durability);
			return this;
		}

		/**
		 * Build the settings.
		 * @return the settings
		 */
		public ServerSettings build() {
			return new ServerSettings(this);
		}

	}

}
