package io.agentsocket.client;

import java.time.Duration;

import io.agentsocket.codec.Hello;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.transport.WebSocketTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * An attempt to connect, from the token to WELCOME, with one deadline for all of it. An
 * attempt that was given up may still lead to a socket, since not everything can be
 * called back; its socket is closed then.
 */
final class Attempt {

	/** A client that is asked to leave later than this leaves at this time. */
	private static final Duration LONGEST_SPREAD = Duration.ofHours(1);

	/** The time beyond its own that a server has to close for good. */
	private static final Duration CLOSING = Duration.ofSeconds(5);

	private final ServerAddress address;

	private final Sinks.Empty<Void> gone = Sinks.empty();

	private @Nullable Disposable connecting;

	private @Nullable Disposable deadline;

	private volatile boolean dialing;

	private volatile @Nullable String token;

	private volatile String closeReason = "";

	/** Code of the server's GOAWAY, 0 without one. Confined to the peer's loop. */
	private int goAway;

	/** Set on the event loop of the socket, when the server has answered the upgrade. */
	private volatile @Nullable WebSocketTransport transport;

	Attempt(ServerAddress address) {
		this.address = address;
	}

	/**
	 * The attempt is underway.
	 * @param running cancels it
	 * @param timer ends it when it takes too long
	 */
	void begun(Disposable running, Disposable timer) {
		this.connecting = running;
		this.deadline = timer;
	}

	ServerAddress address() {
		return this.address;
	}

	/** Token and headers are there, and the server is called. */
	void dialing() {
		this.dialing = true;
	}

	/** The token that HELLO takes to the server. */
	void token(String inHello) {
		this.token = inHello;
	}

	/** The first frame of a connection, with the token if it belongs there. */
	Hello hello(Hello plain) {
		return new Hello(this.token, plain.resume(), plain.capacity(), plain.catalog(), plain.client());
	}

	/** The server has accepted the upgrade. */
	void upgraded(WebSocketTransport socket) {
		this.transport = socket;
	}

	/** The socket is closed. */
	void closed(String text) {
		this.closeReason = text;
	}

	/** The text of the close frame. */
	String closeReason() {
		return this.closeReason;
	}

	/**
	 * The server says GOAWAY, which replaces an earlier one.
	 * @param frame the code of the close that it means, and the times of the server
	 * @return time after which the client closes the connection itself
	 */
	Duration goAway(Frame.GoAway frame) {
		this.goAway = frame.code();
		if (CloseCode.allowsReconnect(frame.code())) {
			return Backoff.within(Duration.ofMillis(Math.min(frame.spread(), LONGEST_SPREAD.toMillis())));
		}
		// The client finishes what it can before it ends.
		return Duration.ofMillis(frame.drain()).plus(CLOSING);
	}

	/**
	 * The code by which the end of the connection is judged: that of a final GOAWAY,
	 * however the connection ends, and the code of the close otherwise.
	 */
	int judged(int closeCode) {
		return CloseCode.allowsReconnect(this.goAway) ? closeCode : this.goAway;
	}

	/** Whether the server has accepted the upgrade, and HELLO is what it answers. */
	boolean isUpgraded() {
		return this.transport != null;
	}

	/** The step that did not come in time, in one line. */
	String late(Duration timeout) {
		String missing = !this.dialing ? "no token" : isUpgraded() ? "no WELCOME" : "no answer to the upgrade";
		return missing + " within " + timeout.toMillis() + " ms";
	}

	/** There is no socket any more. */
	void gone() {
		this.gone.tryEmitEmpty();
	}

	/** Completes when there is no socket any more. */
	Mono<Void> untilGone() {
		return this.gone.asMono();
	}

	/** The attempt is over, whether it has led to a connection or not. */
	void over() {
		if (this.deadline != null) {
			this.deadline.dispose();
		}
	}

	/** Nobody waits for the attempt any more. */
	void giveUp() {
		over();
		WebSocketTransport socket = this.transport;
		if (socket != null) {
			socket.executor().execute(() -> socket.close(CloseCode.KEEPALIVE.code(), "No WELCOME in time"));
		}
		else {
			dispose();
		}
	}

	/** Drop the socket, whatever it has become. */
	void dispose() {
		over();
		if (this.connecting != null) {
			this.connecting.dispose();
		}
	}

}
