package io.agentsocket.client;

import java.time.Duration;

import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.connection.Liveness;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.Position;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * State that a client needs to resume its session: writes HELLO, judges WELCOME, and
 * gives the session up when it cannot be resumed. Confined to the peer's loop. Implements
 * the client's half of sections 6 and 11 of {@code docs/protocol.md}.
 */
final class Resumption {

	private static final Log logger = PrintableLog.of(Resumption.class);

	/** Time that a server keeps a session which does not say so. */
	private static final Duration TTL = Duration.ofSeconds(120);

	/**
	 * Connections in a row that ended with 4003 after which the session is given up. The
	 * first one may be due to a frame of the connection before it.
	 */
	private static final int MAX_DISAGREEMENTS = 2;

	private final ClientSettings settings;

	private final RemoteCatalog catalog;

	private final Peer peer;

	/** The latest answer of the server; null when there is no session to resume. */
	private @Nullable Welcome welcome;

	/** HELLOs since that WELCOME. */
	private long hellos;

	/** Whether a HELLO waits for its answer. */
	private boolean underway;

	private int disagreements;

	Resumption(ClientSettings settings, RemoteCatalog catalog, Peer peer) {
		this.settings = settings;
		this.catalog = catalog;
		this.peer = peer;
	}

	/** The first frame of a connection. */
	Hello hello() {
		this.underway = true;
		Welcome last = this.welcome;
		Hello.Resume resume = null;
		if (last != null) {
			Position position = this.peer.position();
			resume = new Hello.Resume(last.session(), last.token(), last.log(), position.received(), position.sent(),
					position.firstHeld(), ++this.hellos);
		}
		return new Hello(null, resume, Capacity.of(this.settings.limits(), Limits.CLIENT), this.catalog.knownHash(),
				this.settings.software());
	}

	/**
	 * WELCOME arrived on the connection that is waited for.
	 * @throws ProtocolException if it does not fit
	 */
	void welcome(Welcome current) {
		Welcome last = this.welcome;
		if (last == null && current.status() != Welcome.Status.NEW) {
			throw new ProtocolException(CloseCode.PROTOCOL, "Only a new session answers a HELLO without resume");
		}
		if (last != null && current.status() == Welcome.Status.NEW) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A HELLO with resume is answered with resumed or reset");
		}
		if (last != null && current.status() == Welcome.Status.RESUMED) {
			if (!fits(current, last)) {
				giveUp();
				throw new ProtocolException(CloseCode.SEQUENCE, "The session is not resumed where it was left");
			}
		}
		else if (last != null) {
			boolean same = current.session().equals(last.session());
			logger.info("The session was reset by the server, " + (same ? "it goes on" : "a new one begins"));
			this.peer.reset(sessionReset("The session was reset"), "", same);
		}
		this.welcome = current;
		this.underway = false;
		this.hellos = 0;
		Welcome.Catalog offered = current.catalog();
		this.catalog.welcomed((offered != null) ? offered.hash() : null);
	}

	private boolean fits(Welcome current, Welcome last) {
		Position position = this.peer.position();
		return current.session().equals(last.session()) && current.log().equals(last.log())
				&& current.next() == position.received() + 1 && current.rx() + 1 >= position.firstHeld()
				&& current.rx() <= position.sent();
	}

	/** A connection, or an attempt, has ended. */
	void lost(int closeCode) {
		this.underway = false;
		this.disagreements = (closeCode == CloseCode.SEQUENCE.code()) ? this.disagreements + 1 : 0;
		if (this.disagreements == MAX_DISAGREEMENTS && this.welcome != null) {
			giveUp();
		}
	}

	private void giveUp() {
		logger.info("The session is given up, a new one begins");
		this.welcome = null;
		this.peer.reset(sessionReset("The session was reset"), "", false);
	}

	/** Whether the server may still answer a HELLO, and thereby resume the session. */
	boolean isUnderway() {
		return this.underway;
	}

	boolean hasSession() {
		return this.welcome != null;
	}

	/**
	 * The server does not keep the session any longer. The next connection begins a new
	 * one.
	 * @param repeating whether open invocations that may be made again wait for it
	 * @param reason in one line, why there was no connection in time
	 */
	void expired(boolean repeating, String reason) {
		Welcome last = this.welcome;
		if (last == null) {
			return;
		}
		logger.warn("The session " + last.session() + " cannot be resumed any more: " + reason);
		this.welcome = null;
		ActionException error = sessionReset("The session cannot be resumed any more: " + reason);
		if (repeating) {
			this.peer.reset(error, "", false);
		}
		else {
			this.peer.abandon(error);
		}
	}

	/** There is nothing to resume any more. */
	void forget() {
		this.welcome = null;
		this.underway = false;
	}

	/** Time that the server keeps the session without a connection. */
	Duration ttl() {
		Welcome last = this.welcome;
		return (last != null && last.ttl() >= 0) ? Duration.ofMillis(last.ttl()) : TTL;
	}

	/** Time without sending after which the server asks for a sign of life. */
	Duration keepalive() {
		Welcome last = this.welcome;
		return (last != null && last.keepalive() >= 0) ? Duration.ofMillis(last.keepalive()) : Liveness.KEEP_ALIVE;
	}

	private static ActionException sessionReset(String text) {
		return new ActionException(ErrorCode.SESSION_RESET, text).mayHaveRun();
	}

}
