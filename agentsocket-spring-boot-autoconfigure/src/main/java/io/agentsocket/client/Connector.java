package io.agentsocket.client;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.agentsocket.client.ClientSettings.Connecting;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerListener;
import io.agentsocket.connection.Transport;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSessionListener.EndReason;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Keeps a client connected: makes attempts, waits between them, and gives up when the
 * server forbids to try again. Its state is confined to the peer's loop. Implements the
 * client's half of sections 15 and 16 of {@code docs/protocol.md}.
 */
final class Connector implements PeerListener, ConnectionHost {

	private static final Log logger = PrintableLog.of(Connector.class);

	private final ClientSettings settings;

	private final Connecting connecting;

	private final ClientSession session;

	private final RemoteCatalog catalog;

	private final ServerAddresses addresses;

	private final Dialer dialer;

	final Outage outage = new Outage();

	private @Nullable Peer peer;

	private @Nullable ClientEvents events;

	private @Nullable Resumption resumption;

	private @Nullable Waiters waiters;

	private volatile ConnectionState state = ConnectionState.IDLE;

	private final LastFailure lastFailure = new LastFailure();

	/** The attempt that is waited for, or the one whose connection there is. */
	private @Nullable Attempt attempt;

	/** The next attempt, or the end of a connection that the server wants to close. */
	private @Nullable Disposable timer;

	private @Nullable SessionExpiry expiry;

	private @Nullable CredentialRefresh credential;

	/** Whether the present connection is left on the server's request. */
	private boolean moving;

	Connector(ClientSettings settings, ClientSession session, RemoteCatalog catalog) {
		this.settings = settings;
		this.connecting = settings.connecting();
		this.session = session;
		this.catalog = catalog;
		this.addresses = new ServerAddresses(this.connecting.uris(), this.connecting.uriPolicy());
		this.dialer = new Dialer(settings, (made, transport) -> new ClientConnection(this, made, transport));
	}

	void init(Peer created, ClientEvents clientEvents) {
		this.peer = created;
		this.events = clientEvents;
		this.resumption = new Resumption(this.settings, this.catalog, created);
		this.expiry = new SessionExpiry(this.outage::length, this.resumption, this::after, this::expired);
		this.credential = new CredentialRefresh(this.connecting, created, this::after);
		this.waiters = new Waiters(this.connecting.maxWait(), created, this::after);
	}

	@Override
	public Peer peer() {
		return Objects.requireNonNull(this.peer);
	}

	private Resumption resumption() {
		return Objects.requireNonNull(this.resumption);
	}

	private SessionExpiry expiry() {
		return Objects.requireNonNull(this.expiry);
	}

	private Waiters waiters() {
		return Objects.requireNonNull(this.waiters);
	}

	@Override
	public Limits limits() {
		return this.settings.limits();
	}

	ConnectionState state() {
		return this.state;
	}

	@Nullable String lastFailure() {
		return this.lastFailure.line();
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
					case CONNECTING -> waiters().add(done);
					case IDLE, REFUSED -> {
						waiters().add(done);
						begin();
					}
				}
			});
			return done.asMono().doOnCancel(() -> peer().execute(() -> waiters().remove(done)));
		});
	}

	private void begin() {
		this.state = ConnectionState.CONNECTING;
		this.outage.begin();
		peer().unavailable(null);
		this.addresses.beginAnew();
		waiters().begin(this::unavailable);
		attempt();
	}

	/** Open a socket and say HELLO. Model: handshake.pml, step connect. */
	private void attempt() {
		if (this.state != ConnectionState.CONNECTING || this.attempt != null) {
			return;
		}
		this.outage.attempt();
		Attempt made = new Attempt(this.addresses.next(System.nanoTime()));
		this.attempt = made;
		Duration patience = made.address().patience(this.connecting.connectTimeout());
		Disposable deadline = after(patience, () -> late(made, patience));
		made.begun(this.dialer.dial(made, (error) -> peer().execute(() -> failed(made, error))), deadline);
	}

	@Override
	public boolean isAwaited(Attempt made) {
		return this.state == ConnectionState.CONNECTING && this.attempt == made;
	}

	private void late(Attempt made, Duration patience) {
		if (isAwaited(made)) {
			// Several addresses: one that answers nothing must not delay the others.
			if (made.isUpgraded() || this.connecting.uris().size() == 1) {
				made.address().unanswered();
			}
			made.giveUp();
			lost(made, Failure.late(made.late(patience)));
		}
	}

	private void failed(Attempt made, Throwable error) {
		if (isAwaited(made)) {
			made.over();
			lost(made, Failure.of(error, this.connecting.credential().isRenewable()));
		}
	}

	/** Makes another attempt. Model: handshake.pml, step closed. */
	@Override
	public void closed(Attempt made, int closeCode) {
		peer().execute(() -> {
			if (isAwaited(made)) {
				made.over();
				lost(made, Failure.closed(closeCode, made.closeReason(), this.connecting.credential().isRenewable()));
			}
		});
	}

	@Override
	public Hello hello() {
		return resumption().hello();
	}

	/** Takes the answer as that to the last HELLO. Model: handshake.pml, step welcome. */
	@Override
	public void welcome(Welcome current) {
		resumption().welcome(current);
	}

	@Override
	public void connected(Attempt made, Welcome current) {
		made.over();
		if (this.outage.isKnown()) {
			logger.info("Connected to " + made.address() + " again after " + this.outage.length().toMillis() + " ms");
		}
		this.state = ConnectionState.CONNECTED;
		this.lastFailure.set(null);
		this.outage.connected();
		this.addresses.connected();
		this.moving = false;
		expiry().connected();
		waiters().stop();
		Objects.requireNonNull(this.credential).known(current.expires());
		this.session.connected(current);
		if (logger.isDebugEnabled()) {
			logger
				.debug("Connected to " + made.address() + ", session " + current.session() + " is " + current.status());
		}
		if (this.events != null) {
			this.events.connected(current.status() != Welcome.Status.RESUMED);
		}
		waiters().take().forEach(Sinks.Empty::tryEmitEmpty);
	}

	@Override
	public void detached(int closeCode) {
		Attempt made = this.attempt;
		boolean lost = this.state == ConnectionState.CONNECTED && made != null;
		// Listeners to the session that ask for it see no connection any more.
		this.state = lost ? ConnectionState.CONNECTING : this.state;
		this.session.disconnected(closeCode);
		Objects.requireNonNull(this.credential).stop();
		if (!lost || made == null) {
			return;
		}
		this.outage.lost(resumption().keepalive());
		expiry().begin();
		waiters().begin(this::unavailable);
		boolean left = this.moving;
		this.moving = false;
		this.addresses.begin(left);
		int code = made.judged(closeCode);
		Failure failure = Failure.closed(code, made.closeReason(), this.connecting.credential().isRenewable());
		if (!isOver(made, failure)) {
			again(made, failure, afterLoss(left, failure));
		}
	}

	@Override
	public void left(int closeCode) {
		this.session.left();
		detached(closeCode);
	}

	/**
	 * The wait after a connection. A server that ends each of them at once, or sends
	 * GOAWAY to it, is not met without the pause that follows a failure.
	 */
	private Duration afterLoss(boolean left, Failure failure) {
		if (!this.outage.lastedLonger(this.connecting.backoff().base())) {
			return backoff(failure, Duration.ZERO);
		}
		return left ? Duration.ZERO : this.connecting.backoff().first(this.outage.offline(), failure.closeCode());
	}

	/**
	 * An attempt has failed: the next address has its turn, or all of them after a wait.
	 */
	private void lost(Attempt made, Failure failure) {
		long now = System.nanoTime();
		this.outage.failed();
		made.address().failed(failure, now);
		this.lastFailure.set(this.addresses.failures());
		if (isOver(made, failure)) {
			return;
		}
		String line = made.address() + ": " + failure.reason();
		if (this.outage.isNews(line)) {
			logger.warn("No connection to " + line + "; trying again");
		}
		boolean more = this.addresses.hasNext(now);
		if (!more) {
			this.addresses.begin(false);
		}
		Duration asked = Duration.ofNanos(this.addresses.notBefore(now));
		again(made, failure, more ? Duration.ZERO : backoff(failure, asked));
	}

	private Duration backoff(Failure failure, Duration asked) {
		return this.connecting.backoff().next(this.outage.offline(), failure.closeCode(), asked);
	}

	private void again(Attempt made, Failure failure, Duration wait) {
		this.attempt = null;
		resumption().lost(failure.closeCode());
		expiry().check();
		if (logger.isDebugEnabled()) {
			logger.debug("Not connected to " + made.address() + ": " + failure.reason() + ", next attempt in "
					+ wait.toMillis() + " ms");
		}
		dispose(this.timer);
		this.timer = after(wait, this::attempt);
	}

	/** Whether nothing more is tried. */
	private boolean isOver(Attempt made, Failure failure) {
		boolean over = switch (failure.verdict()) {
			case RETRY -> false;
			case DOUBT -> this.addresses.areDoubtful(this.connecting.refusalTimeout(), System.nanoTime());
			case FINAL -> this.addresses.refused(made.address(), failure, this.connecting.refusalTimeout());
		};
		if (over) {
			refuse(made.address() + ": " + failure.reason(), failure.end());
		}
		return over;
	}

	private void refuse(String reason, EndReason end) {
		logger.warn("No connection to " + reason + "; not trying again");
		this.attempt = null;
		stopTimers();
		this.state = ConnectionState.REFUSED;
		this.lastFailure.set(reason);
		resumption().forget();
		this.session.ended(end, CloseCode.SESSION_ENDED.code());
		ActionException error = new ActionException(ErrorCode.UNAVAILABLE,
				"The server refuses the connection: " + reason)
			.foreign();
		peer().abandon(error.mayHaveRun());
		peer().unavailable(error);
		// The listener may ask for a connection again at once.
		waiters().take().forEach((caller) -> caller.tryEmitError(error));
	}

	/** The server does not keep the session any longer, by this side's clock. */
	private void expired() {
		if (this.state == ConnectionState.CONNECTING) {
			Duration length = this.outage.length();
			this.session.ended(EndReason.EXPIRED, CloseCode.SESSION_ENDED.code());
			resumption().expired(!waiters().isOver(length),
					"no connection for " + length.toMillis() + " ms" + this.lastFailure.because());
		}
	}

	private ActionException unavailable() {
		return this.lastFailure.unavailable(this.addresses, this.connecting.maxWait());
	}

	@Override
	public void event(String name, Bytes payload) {
		if (this.events != null) {
			this.events.event(name, payload);
		}
	}

	@Override
	public void callWaits() {
		waiters().begun();
	}

	@Override
	public void goAway(Frame.GoAway frame) {
		if (this.attempt == null) {
			return;
		}
		dispose(this.timer);
		this.timer = after(this.attempt.goAway(frame), () -> {
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
	Mono<Void> close() {
		return Mono.defer(() -> {
			Sinks.Empty<Void> done = Sinks.empty();
			peer().execute(() -> {
				if (this.state == ConnectionState.CONNECTED) {
					peer().goAway(new Frame.GoAway(0, 0, 0, ""));
				}
				this.state = ConnectionState.CLOSED;
				stopTimers();
				ActionException closed = new ActionException(ErrorCode.CANCELLED, "The client is closed").foreign();
				waiters().take().forEach((caller) -> caller.tryEmitError(closed));
				Transport open = peer().leave(closed);
				this.session.ended(EndReason.BY_APPLICATION, 1000);
				this.catalog.close();
				Farewell.of(this.attempt, open, this.connecting.closeTimeout(), this::after)
					.subscribe(null, null, done::tryEmitEmpty);
			});
			return done.asMono();
		});
	}

	private void stopTimers() {
		this.outage.end();
		dispose(this.timer);
		expiry().stop();
		waiters().stop();
		Objects.requireNonNull(this.credential).stop();
		if (this.attempt != null) {
			this.attempt.over();
		}
	}

	private static void dispose(@Nullable Disposable timer) {
		if (timer != null) {
			timer.dispose();
		}
	}

	private Disposable after(Duration delay, Runnable task) {
		return Schedulers.parallel()
			.schedule(() -> peer().execute(task), Expect.bounded(delay).toNanos(), TimeUnit.NANOSECONDS);
	}

}
