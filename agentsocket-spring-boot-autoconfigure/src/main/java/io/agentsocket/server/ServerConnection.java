package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Hello;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.server.bounds.Addresses;
import io.agentsocket.server.bounds.Places;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.transport.TransportListener;
import io.agentsocket.transport.WebSocketTransport;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * A socket of the server, from its first byte to its close: waits for HELLO, has it
 * answered, then hands everything to the session's peer. Implements the server's half of
 * section 6 of {@code docs/protocol.md}.
 */
final class ServerConnection implements TransportListener, HelloConnection {

	private static final Log logger = PrintableLog.of(ServerConnection.class);

	private static final SeldomWarning NOT_OPENED = new SeldomWarning(logger);

	/** A socket that does nothing: its channel, its handlers and its buffers. */
	private static final int BASE = 8 * 1024;

	/**
	 * An authenticator or a store that gives no answer holds a connection for that many
	 * times what the agent had for HELLO: 15 s by default, a little longer than agents
	 * wait.
	 */
	private static final int WELCOME_TIMES = 3;

	private final ConnectionHost host;

	private final WebSocketTransport transport;

	private final Codec codec;

	/** Needed until HELLO is answered, and for another token after it. */
	private volatile @Nullable UpgradeRequest upgrade;

	private final ContextView context;

	/** The session is being opened. */
	private volatile @Nullable Disposable opening;

	/** Until the session is attached: an agent waits for 10 s. */
	private final Disposable.Swap timer = Disposables.swap();

	/** Messages that came between HELLO and WELCOME, as long as there are any. */
	private @Nullable EarlyMessages early;

	private boolean helloSeen;

	/** The session that messages go to, once it has those that came early. */
	private volatile @Nullable HostedSession session;

	/** The session that the socket is attached to: it is about to say WELCOME. */
	private volatile @Nullable HostedSession welcomed;

	private volatile boolean closed;

	/**
	 * Whether it is closed before WELCOME: nothing that comes is kept any more. A timer,
	 * a thread of the store and the socket may all end a handshake, which is counted
	 * once.
	 */
	private final AtomicBoolean closing = new AtomicBoolean();

	/** The place that the socket has as long as it has no session. */
	private final Places.Place place;

	private final @Nullable String address;

	private final AtomicBoolean released = new AtomicBoolean();

	ServerConnection(ConnectionHost host, WebSocketTransport transport, Codec codec, UpgradeRequest upgrade,
			ContextView context) {
		this.host = host;
		this.address = Addresses.key(upgrade.remoteAddress());
		host.bounds().memory().add(BASE);
		this.transport = transport;
		this.codec = codec;
		this.upgrade = upgrade;
		this.context = context;
		startTimer(host.settings().helloTimeout(), CloseCode.HELLO_TIMEOUT, "No HELLO in time");
		// Last: from now on another socket may get it.
		this.place = host.bounds().handshakes().take(this.address, this::evicted);
	}

	/** Another socket needs the place of this one, which has said nothing. */
	private void evicted() {
		this.host.bounds().refusals().count(Refusal.HANDSHAKE_TIME);
		close(CloseCode.HELLO_TIMEOUT, "No HELLO, and others wait");
	}

	@Override
	public WebSocketTransport transport() {
		return this.transport;
	}

	@Override
	public Places.Place place() {
		return this.place;
	}

	@Override
	public @Nullable String address() {
		return this.address;
	}

	@Override
	public Codec codec() {
		return this.codec;
	}

	@Override
	public ContextView context(@Nullable Principal principal) {
		return this.host.authentication().context(this.context, principal);
	}

	@Override
	public void message(Bytes message) {
		HostedSession attached = this.session;
		if (attached != null) {
			attached.peer().receive(this.transport, message);
			return;
		}
		synchronized (this) {
			if (this.session == null) {
				beforeWelcome(message);
				return;
			}
		}
		message(message);
	}

	private void beforeWelcome(Bytes message) {
		if (this.closed || this.closing.get()) {
			return;
		}
		try {
			if (this.helloSeen) {
				early(message);
				return;
			}
			this.helloSeen = true;
			this.place.heard();
			startTimer(welcomeTime(), CloseCode.STORE_UNAVAILABLE, "No WELCOME in time");
			hello(message);
		}
		catch (ProtocolException ex) {
			close(ex.closeCode(), String.valueOf(ex.getMessage()));
		}
		catch (CodecException ex) {
			close(CloseCode.PROTOCOL, "HELLO cannot be decoded: " + ex.getMessage());
		}
		catch (IllegalArgumentException ex) {
			// From Limits: its messages name the rule and nothing else.
			close(CloseCode.PROTOCOL, "HELLO: " + ex.getMessage());
		}
	}

	private void early(Bytes message) {
		EarlyMessages waiting = (this.early != null) ? this.early
				: new EarlyMessages(this.host.settings().limits().window(), this.host.bounds().memory());
		this.early = waiting;
		waiting.add(message);
	}

	private void hello(Bytes message) {
		FrameReader reader = new FrameReader(message, this.host.settings().limits());
		if (!(reader.next() instanceof Frame.Hello frame)) {
			throw new ProtocolException(CloseCode.PROTOCOL, "The first frame is HELLO");
		}
		if (reader.frameSize() > Limits.HELLO) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "HELLO exceeds " + Limits.HELLO + " bytes");
		}
		Hello hello = Hello.decode(this.codec, frame.body());
		hello.limits();
		if (hello.resume() == null) {
			Entrance.expectOpening(this.host.bounds(), this.place);
		}
		Bytes rest = message.slice(reader.frameSize(), message.length() - reader.frameSize());
		if (!rest.isEmpty()) {
			if (hello.resume() != null) {
				throw new ProtocolException(CloseCode.PROTOCOL, "Nothing follows a HELLO that resumes");
			}
			early(rest);
		}
		UpgradeRequest upgrade = Objects.requireNonNull(this.upgrade);
		if (!this.host.authentication().takesTokens()) {
			this.upgrade = null;
		}
		Disposable created = this.host.authentication()
			.principal(hello.auth(), upgrade)
			.map(Optional::of)
			.defaultIfEmpty(Optional.empty())
			.flatMap((principal) -> this.host.open(this, hello, principal.orElse(null)))
			// Spring Security looks for the principal of the upgrade there.
			.contextWrite(this.context)
			.subscribe((opened) -> this.opening = null, this::failed);
		if (this.closed) {
			created.dispose();
		}
		else if (!created.isDisposed()) {
			this.opening = created;
		}
	}

	@Override
	public Mono<Principal> authenticate(String token) {
		return this.host.authentication().renew(token, this.upgrade, welcomeTime(), this.host.timer());
	}

	private Duration welcomeTime() {
		return Expect.bounded(this.host.settings().helloTimeout().multipliedBy(WELCOME_TIMES));
	}

	@Override
	public void welcomed(HostedSession attached) {
		this.welcomed = attached;
		this.timer.dispose();
		this.place.giveBack();
		// Not for the thread of the store to do: the agent may have answered WELCOME, and
		// even be gone, before that comes back.
		attached.peer().executeLater(() -> begin(attached));
	}

	/** In the loop of the peer, so that no later message overtakes the early ones. */
	private synchronized void begin(HostedSession attached) {
		if (this.early != null) {
			this.early.handOver((message) -> attached.peer().receive(this.transport, message));
			this.early = null;
		}
		this.session = attached;
		if (this.closed) {
			attached.peer().detached(this.transport, BROKEN);
		}
	}

	private void failed(Throwable error) {
		if (error instanceof ProtocolException exception) {
			close(exception.closeCode(), String.valueOf(exception.getMessage()));
		}
		else {
			// No stack trace: all agents may come here again and again.
			NOT_OPENED.warn("A session cannot be opened, for a fault of this pod", error);
			logger.debug("A session cannot be opened", error);
			close(CloseCode.INTERNAL, "Internal error");
		}
	}

	@Override
	public void text() {
		close(CloseCode.PROTOCOL, "Text messages are not allowed");
	}

	private void close(CloseCode code, String rule) {
		HostedSession attached = this.welcomed;
		if (attached != null) {
			attached.peer().close(this.transport, code, rule);
			return;
		}
		if (logger.isDebugEnabled()) {
			logger.debug("Closing connection before WELCOME with " + code.code() + ": " + rule);
		}
		// A peer may go on sending until the socket is closed.
		refused(code.code());
		this.transport.close(code.code(), rule);
	}

	private void refused(int code) {
		if (this.closing.compareAndSet(false, true)) {
			this.host.bounds().refusedHandshakes().count(code);
		}
	}

	/** The server goes down. */
	void drained() {
		close(CloseCode.DRAIN, "Drained");
	}

	@Override
	public void writable() {
		HostedSession attached = this.welcomed;
		if (attached != null) {
			attached.peer().writable();
		}
	}

	@Override
	public void closed(int closeCode) {
		closed(closeCode, "", false);
	}

	/**
	 * The socket is closed: a HELLO that is not answered yet is dropped. Model:
	 * handshake.pml, step disposed.
	 */
	@Override
	public void closed(int closeCode, String reason, boolean here) {
		this.closed = true;
		this.timer.dispose();
		Disposable unfinished = this.opening;
		if (unfinished != null) {
			unfinished.dispose();
		}
		this.place.giveBack();
		if (this.released.compareAndSet(false, true)) {
			this.host.bounds().memory().add(-BASE);
		}
		synchronized (this) {
			// A session that is there takes them: the last one may end it.
			if (this.early != null && this.welcomed == null) {
				this.early.discard();
				this.early = null;
			}
		}
		this.host.removed(this);
		HostedSession attached = this.welcomed;
		if (attached != null) {
			// Whatever code a client closes with, it may come back: only GOAWAY ends a
			// session.
			attached.peer().detached(this.transport, closeCode, here || closeCode == BROKEN);
		}
		else if (here) {
			refused(closeCode);
		}
		this.host.brokenRules()
			.closed(closeCode, reason, here, this.address, (attached != null) ? attached.session() : null);
	}

	private void startTimer(Duration delay, CloseCode code, String rule) {
		this.timer.update(this.host.timer().schedule(() -> {
			this.host.bounds().refusals().count(Refusal.HANDSHAKE_TIME);
			close(code, rule);
		}, delay.toMillis(), TimeUnit.MILLISECONDS));
	}

}
