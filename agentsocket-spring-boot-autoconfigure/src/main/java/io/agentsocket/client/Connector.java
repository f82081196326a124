package io.agentsocket.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerListener;
import io.agentsocket.connection.Position;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.transport.WebSocketTransport;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;

/**
 * Keeps a client connected: opens sockets, resumes, waits between attempts, gives up when
 * the server forbids to try again. Its state is confined to the peer's loop. Implements
 * the client's half of sections 11, 15 and 16 of {@code docs/protocol.md}.
 */
final class Connector implements PeerListener {

	private static final Log logger = LogFactory.getLog(Connector.class);

	private static final int BROKEN = 1006;

	/** After so many connections that ended with 4003 the session is given up. */
	private static final int MAX_DISAGREEMENTS = 2;

	private final ClientSettings settings;

	private final ClientSession session;

	private final RemoteCatalog catalog;

	private final List<Sinks.Empty<Void>> waiting = new ArrayList<>();

	private @Nullable Peer peer;

	private @Nullable ClientEvents events;

	private volatile ConnectionState state = ConnectionState.IDLE;

	private @Nullable Welcome welcome;

	/** The attempt that is waited for, or the one whose connection there is. */
	private @Nullable Attempt attempt;

	/** HELLOs since that WELCOME. */
	private long hellos;

	private @Nullable Disposable timer;

	private int attempts;

	private long outageSince;

	private long connectedAt;

	private @Nullable Disposable upgradeTimer;

	private boolean moving;

	/** Connections in a row that ended because the numbers disagreed. */
	private int disagreements;

	Connector(ClientSettings settings, ClientSession session, RemoteCatalog catalog) {
		this.settings = settings;
		this.session = session;
		this.catalog = catalog;
	}

	void init(Peer created, ClientEvents clientEvents) {
		this.peer = created;
		this.events = clientEvents;
	}

	@Override
	public void event(String name, Bytes payload) {
		if (this.events != null) {
			this.events.event(name, payload);
		}
	}

	Peer peer() {
		Peer present = this.peer;
		if (present == null) {
			throw new IllegalStateException("Not initialized");
		}
		return present;
	}

	ClientSettings settings() {
		return this.settings;
	}

	ConnectionState state() {
		return this.state;
	}

	/** Connect unless that is going on already. */
	void demand() {
		if (this.state == ConnectionState.IDLE) {
			peer().execute(() -> {
				if (this.state == ConnectionState.IDLE) {
					begin();
				}
			});
		}
	}

	/** Connect, also after a refusal. */
	Mono<Void> connect() {
		return Mono.defer(() -> {
			Sinks.Empty<Void> done = Sinks.empty();
			peer().execute(() -> {
				switch (this.state) {
					case CONNECTED -> done.tryEmitEmpty();
					case CLOSED -> done.tryEmitError(new IllegalStateException("The client is closed"));
					case CONNECTING -> this.waiting.add(done);
					case IDLE, REFUSED -> {
						this.waiting.add(done);
						begin();
					}
				}
			});
			return done.asMono();
		});
	}

	private void begin() {
		this.state = ConnectionState.CONNECTING;
		this.attempts = 0;
		this.outageSince = System.nanoTime();
		peer().unavailable(null);
		attempt();
	}

	private void attempt() {
		Mono<String> token = this.settings.bearerToken();
		Mono<HttpHeaders> headers = Mono.fromSupplier(() -> {
			HttpHeaders created = new HttpHeaders();
			this.settings.headers().accept(created);
			return created;
		});
		if (token != null) {
			headers = headers.zipWith(token, (created, value) -> {
				created.setBearerAuth(value);
				return created;
			});
		}
		Attempt present = new Attempt();
		this.attempt = present;
		present.connecting(headers.flatMap(
				(created) -> this.settings.webSocketClient().execute(this.settings.uri(), created, handler(present)))
			.subscribe(null, (error) -> peer().execute(() -> failed(present, error))));
		if (this.upgradeTimer != null) {
			this.upgradeTimer.dispose();
		}
		this.upgradeTimer = after(this.settings.connectTimeout(), () -> upgradeTimedOut(present));
	}

	/** The server has accepted the connection, and does not answer the upgrade. */
	private void upgradeTimedOut(Attempt waitedFor) {
		if (isAwaited(waitedFor) && !waitedFor.isUpgraded()) {
			waitedFor.dispose();
			lost(BROKEN);
		}
	}

	/** Whether a connection is what this client waits for. Asked in the peer's loop. */
	boolean isAwaited(Attempt made) {
		return this.state == ConnectionState.CONNECTING && this.attempt == made;
	}

	private WebSocketHandler handler(Attempt made) {
		return new WebSocketHandler() {

			@Override
			public List<String> getSubProtocols() {
				return List.of(Connector.this.settings.codec().subProtocol());
			}

			@Override
			public Mono<Void> handle(WebSocketSession socket) {
				made.upgraded();
				return WebSocketTransport.serve(socket,
						(transport) -> new ClientConnection(Connector.this, made, transport));
			}

		};
	}

	/** The first frame of a connection. */
	Hello hello() {
		Welcome last = this.welcome;
		Hello.Resume resume = null;
		if (last != null) {
			Position position = peer().position();
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
			Position position = peer().position();
			boolean fits = current.session().equals(last.session()) && current.log().equals(last.log())
					&& current.next() == position.received() + 1 && current.rx() + 1 >= position.firstHeld()
					&& current.rx() <= position.sent();
			if (!fits) {
				giveUpSession();
				throw new ProtocolException(CloseCode.SEQUENCE, "The session is not resumed where it was left");
			}
		}
		else if (last != null) {
			boolean same = current.session().equals(last.session());
			logger.info("The session was reset by the server, " + (same ? "it goes on" : "a new one begins"));
			peer().reset(sessionReset(), "", same);
		}
		this.welcome = current;
		this.hellos = 0;
		Welcome.Catalog offered = current.catalog();
		this.catalog.welcomed((offered != null) ? offered.hash() : null);
	}

	/** The next connection begins a new session. */
	private void giveUpSession() {
		logger.info("The session is given up, a new one begins");
		this.welcome = null;
		peer().reset(sessionReset(), "", false);
	}

	private static ActionException sessionReset() {
		return new ActionException(ErrorCode.SESSION_RESET, "The session was reset").mayHaveRun();
	}

	void connected() {
		this.state = ConnectionState.CONNECTED;
		this.connectedAt = System.nanoTime();
		this.moving = false;
		Welcome current = this.welcome;
		if (current != null) {
			this.session.connected(current.session(), current.server());
			if (logger.isDebugEnabled()) {
				logger.debug("Connected, session " + current.session() + " is " + current.status());
			}
		}
		if (this.events != null && current != null && current.status() != Welcome.Status.RESUMED) {
			this.events.subscribeAgain();
		}
		List<Sinks.Empty<Void>> told = List.copyOf(this.waiting);
		this.waiting.clear();
		told.forEach(Sinks.Empty::tryEmitEmpty);
	}

	@Override
	public void detached(int closeCode) {
		this.session.disconnected();
		if (this.state == ConnectionState.CONNECTED) {
			this.state = ConnectionState.CONNECTING;
			this.outageSince = System.nanoTime();
			lost(closeCode);
		}
	}

	/** A socket is closed; one that was attached has been reported by the peer. */
	void closed(Attempt made, int closeCode) {
		peer().execute(() -> {
			if (isAwaited(made)) {
				lost(closeCode);
			}
		});
	}

	private void failed(Attempt made, Throwable error) {
		if (!isAwaited(made)) {
			return;
		}
		if (logger.isDebugEnabled()) {
			logger.debug("No connection to " + this.settings.uri() + ": " + error.getMessage());
		}
		String refusal = refusal(error);
		if (refusal != null) {
			refuse(refusal);
		}
		else {
			lost(BROKEN);
		}
	}

	/** Why the server does not upgrade and will not either when asked again, or null. */
	private static @Nullable String refusal(Throwable error) {
		if (error instanceof WebSocketClientHandshakeException exception && exception.response() != null) {
			int status = exception.response().status().code();
			if (status >= 400 && status < 500 && status != 429 && status != 408) {
				return "The server refuses the upgrade with status " + status;
			}
		}
		return null;
	}

	private void lost(int closeCode) {
		this.attempt = null;
		cancelTimer();
		if (!CloseCode.allowsReconnect(closeCode)) {
			refuse("The server closed the connection with " + closeCode);
			return;
		}
		this.disagreements = (closeCode == CloseCode.SEQUENCE.code()) ? this.disagreements + 1 : 0;
		if (this.disagreements == MAX_DISAGREEMENTS && this.welcome != null) {
			giveUpSession();
		}
		failImpatient();
		Welcome last = this.welcome;
		long keepalive = (last != null && last.keepalive() > 0) ? last.keepalive() : 0;
		if (last != null && System.nanoTime() - this.connectedAt > TimeUnit.MILLISECONDS.toNanos(keepalive)
				&& this.connectedAt >= this.outageSince - TimeUnit.MILLISECONDS.toNanos(keepalive)) {
			this.attempts = 0;
		}
		Duration wait = this.moving ? Duration.ZERO : this.settings.backoff().next(this.attempts, closeCode);
		this.attempts++;
		this.moving = false;
		if (logger.isDebugEnabled()) {
			logger.debug("Connection lost with " + closeCode + ", next attempt in " + wait.toMillis() + " ms");
		}
		this.timer = after(wait, () -> {
			this.timer = null;
			attempt();
		});
	}

	/** Invocations that were not sent do not wait for ever. */
	private void failImpatient() {
		if (System.nanoTime() - this.outageSince > this.settings.maxWait().toNanos()) {
			peer().failWaiting(new ActionException(ErrorCode.UNAVAILABLE, "There is no connection").retryable());
		}
	}

	private void refuse(String reason) {
		logger.warn(reason + ": not trying again");
		this.state = ConnectionState.REFUSED;
		this.welcome = null;
		ActionException error = new ActionException(ErrorCode.UNAVAILABLE, reason);
		peer().abandon(error.mayHaveRun());
		peer().unavailable(error);
		List<Sinks.Empty<Void>> told = List.copyOf(this.waiting);
		this.waiting.clear();
		// Who is told may ask for a connection again at once.
		told.forEach((sink) -> sink.tryEmitError(error));
	}

	@Override
	public void goAway(Frame.GoAway frame) {
		if (frame.code() > 4499) {
			return;
		}
		long spread = Math.min(frame.spread(), TimeUnit.HOURS.toMillis(1));
		Duration wait = Duration.ofMillis(ThreadLocalRandom.current().nextLong(spread + 1));
		cancelTimer();
		this.timer = after(wait, () -> {
			this.timer = null;
			if (this.state == ConnectionState.CONNECTED) {
				this.moving = true;
				peer().close(CloseCode.DRAIN, "Moving");
			}
		});
	}

	@Override
	public void defined(String name, boolean available, Bytes descriptor, @Nullable String catalogHash) {
		this.catalog.defined(peer().codec(), name, available, descriptor, catalogHash);
	}

	/** End the session and stop. */
	Mono<Void> close(Duration timeout) {
		return Mono.defer(() -> {
			Sinks.Empty<Void> done = Sinks.empty();
			peer().execute(() -> {
				if (this.state == ConnectionState.CONNECTED) {
					peer().goAway(new Frame.GoAway(0, 0, 0, ""));
				}
				this.state = ConnectionState.CLOSED;
				cancelTimer();
				if (this.upgradeTimer != null) {
					this.upgradeTimer.dispose();
				}
				ActionException closed = new ActionException(ErrorCode.CANCELLED, "The client is closed");
				this.waiting.forEach((sink) -> sink.tryEmitError(closed));
				this.waiting.clear();
				peer().end(1000, closed);
				Attempt running = this.attempt;
				if (running != null && !peer().isAttached()) {
					// The closing handshake may take its time, but not for ever.
					after(timeout, running::dispose);
				}
				done.tryEmitEmpty();
			});
			return done.asMono();
		});
	}

	private void cancelTimer() {
		if (this.timer != null) {
			this.timer.dispose();
			this.timer = null;
		}
	}

	private Disposable after(Duration delay, Runnable task) {
		return Schedulers.parallel().schedule(() -> peer().execute(task), delay.toMillis(), TimeUnit.MILLISECONDS);
	}

}
