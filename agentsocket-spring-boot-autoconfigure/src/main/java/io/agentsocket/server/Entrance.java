package io.agentsocket.server;

import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.server.bounds.MemoryBudget.Stage;
import io.agentsocket.server.bounds.Places;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.server.bounds.Tenancy;
import org.jspecify.annotations.Nullable;

/**
 * Lets new sessions in as long as there is room for them. Thread-safe. Implements close
 * code 4008 of {@code docs/protocol.md}.
 */
final class Entrance {

	private final PodBounds bounds;

	private final LocalSessions sessions;

	Entrance(PodBounds bounds, LocalSessions sessions) {
		this.bounds = bounds;
		this.sessions = sessions;
	}

	/**
	 * Let a connection open a session as far as its place goes.
	 * @param place the place that it has until then
	 * @throws ProtocolException if it may only resume one
	 */
	static void expectOpening(PodBounds bounds, Places.Place place) {
		if (!place.mayOpen()) {
			bounds.refusals().count(Refusal.ADDRESS_HANDSHAKES);
			throw new ProtocolException(CloseCode.OVERLOADED,
					"Too many connections without a session from its address");
		}
	}

	/**
	 * Let a session in.
	 * @param connection the connection that opens it
	 * @param principal name of its principal, or {@code null}
	 * @param connections open sockets
	 * @throws ProtocolException if there is no room for it
	 */
	Ticket enter(HelloConnection connection, @Nullable String principal, int connections) {
		expectOpening(this.bounds, connection.place());
		if (this.bounds.memory().isIn(Stage.SESSIONS)) {
			throw refused(Refusal.MEMORY_SESSIONS, "No memory for a session");
		}
		if (connections > this.bounds.maxConnections()) {
			throw refused(Refusal.CONNECTIONS, "Too many connections");
		}
		if (!this.sessions.open()) {
			throw refused(Refusal.SESSIONS, "Too many sessions");
		}
		Tenancy tenancy = this.bounds.enter(principal, connection.address());
		if (tenancy == null) {
			this.sessions.notOpened();
			throw new ProtocolException(CloseCode.OVERLOADED, "Too many sessions of this principal or address");
		}
		return new Ticket(this.sessions, tenancy);
	}

	private ProtocolException refused(Refusal reason, String rule) {
		this.bounds.refusals().count(reason);
		return new ProtocolException(CloseCode.OVERLOADED, rule);
	}

	/** A session that is let in and not there yet. */
	static final class Ticket {

		private final LocalSessions sessions;

		private final Tenancy tenancy;

		private boolean used;

		private boolean served;

		private Ticket(LocalSessions sessions, Tenancy tenancy) {
			this.sessions = sessions;
			this.tenancy = tenancy;
		}

		/** The session is there, and gives its place back when it ends. */
		synchronized Tenancy use() {
			this.used = true;
			return this.tenancy;
		}

		/** The session is there, in the place of this ticket. */
		synchronized void serve(ServerSession session) {
			this.served = true;
			this.sessions.serve(session);
		}

		/** The session is there, or will not come. */
		synchronized void close() {
			if (!this.served) {
				this.sessions.notOpened();
			}
			if (!this.used) {
				this.tenancy.close();
			}
		}

	}

}
