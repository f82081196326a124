package io.agentsocket.server;

import java.security.Principal;
import java.util.concurrent.TimeUnit;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Hello;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.transport.TransportListener;
import io.agentsocket.transport.WebSocketTransport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.socket.HandshakeInfo;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * One socket of the server, from its first byte to its close: waits for HELLO, has it
 * answered, then hands everything to the session's peer. Implements the server's half of
 * section 6 of {@code docs/protocol.md}.
 */
final class ServerConnection implements TransportListener {

	private static final Log logger = LogFactory.getLog(ServerConnection.class);

	private final AgentSocketServer server;

	private final WebSocketTransport transport;

	private final Codec codec;

	private final HandshakeInfo handshake;

	private final ContextView context;

	private final Disposable.Composite pending = Disposables.composite();

	private @Nullable Disposable helloTimer;

	private boolean helloSeen;

	private volatile @Nullable ServerSession session;

	private volatile boolean closed;

	ServerConnection(AgentSocketServer server, WebSocketTransport transport, Codec codec, HandshakeInfo handshake,
			ContextView context) {
		this.server = server;
		this.transport = transport;
		this.codec = codec;
		this.handshake = handshake;
		this.context = context;
		this.helloTimer = server.timer()
			.schedule(() -> close(CloseCode.HELLO_TIMEOUT, "No HELLO in time"),
					server.settings().helloTimeout().toMillis(), TimeUnit.MILLISECONDS);
	}

	WebSocketTransport transport() {
		return this.transport;
	}

	Codec codec() {
		return this.codec;
	}

	ContextView context() {
		return this.context;
	}

	@Override
	public void message(Bytes message) {
		ServerSession attached = this.session;
		if (attached != null) {
			attached.peer().receive(this.transport, message);
			return;
		}
		if (this.closed) {
			return;
		}
		try {
			if (this.helloSeen) {
				throw new ProtocolException(CloseCode.PROTOCOL, "A client waits for WELCOME after HELLO");
			}
			this.helloSeen = true;
			cancelHelloTimer();
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

	private void hello(Bytes message) {
		FrameReader reader = new FrameReader(message, this.server.settings().limits());
		if (!(reader.next() instanceof Frame.Hello frame)) {
			throw new ProtocolException(CloseCode.PROTOCOL, "The first frame is HELLO");
		}
		if (reader.frameSize() > Limits.HELLO) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "HELLO exceeds " + Limits.HELLO + " bytes");
		}
		Hello hello = Hello.decode(this.codec, frame.body());
		hello.limits();
		Bytes rest = message.slice(reader.frameSize(), message.length() - reader.frameSize());
		this.pending.add(principal(hello).map(java.util.Optional::of)
			.defaultIfEmpty(java.util.Optional.empty())
			.flatMap((principal) -> this.server.open(this, hello, principal.orElse(null)))
			.subscribe((opened) -> attached(opened, rest), this::failed));
	}

	private Mono<Principal> principal(Hello hello) {
		String token = hello.auth();
		if (token == null) {
			return this.handshake.getPrincipal();
		}
		HelloAuthenticator authenticator = this.server.authenticator();
		if (authenticator == null) {
			return Mono.error(new ProtocolException(CloseCode.UNAUTHENTICATED, "Tokens in HELLO are not accepted here"));
		}
		return authenticator.authenticate(token, this.handshake)
			.cast(Principal.class)
			.onErrorMap((error) -> new ProtocolException(CloseCode.UNAUTHENTICATED, "The token is not valid"))
			.switchIfEmpty(
					Mono.error(new ProtocolException(CloseCode.UNAUTHENTICATED, "The token is not valid")));
	}

	private void attached(ServerSession opened, Bytes rest) {
		this.session = opened;
		if (this.closed) {
			opened.peer().detached(this.transport, 1006);
		}
		else if (!rest.isEmpty()) {
			opened.peer().receive(this.transport, rest);
		}
	}

	private void failed(Throwable error) {
		if (error instanceof ProtocolException exception) {
			close(exception.closeCode(), String.valueOf(exception.getMessage()));
		}
		else {
			logger.error("A session cannot be opened", error);
			close(CloseCode.STORE_UNAVAILABLE, "The session store is out of reach");
		}
	}

	@Override
	public void text() {
		close(CloseCode.PROTOCOL, "Text messages are not allowed");
	}

	private void close(CloseCode code, String rule) {
		ServerSession attached = this.session;
		if (attached != null) {
			attached.peer().close(this.transport, code, rule);
			return;
		}
		if (logger.isDebugEnabled()) {
			logger.debug("Closing connection before WELCOME with " + code.code() + ": " + rule);
		}
		this.transport.close(code.code(), rule);
	}

	/** The server goes down. */
	void drained() {
		close(CloseCode.DRAIN, "Drained");
	}

	@Override
	public void writable() {
		ServerSession attached = this.session;
		if (attached != null) {
			attached.peer().writable();
		}
	}

	@Override
	public void closed(int closeCode) {
		this.closed = true;
		cancelHelloTimer();
		this.pending.dispose();
		this.server.removed(this);
		ServerSession attached = this.session;
		if (attached != null) {
			attached.peer().detached(this.transport, closeCode);
		}
	}

	private void cancelHelloTimer() {
		if (this.helloTimer != null) {
			this.helloTimer.dispose();
			this.helloTimer = null;
		}
	}

}
