package io.agentsocket.transport;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.agentsocket.connection.Transport;
import io.agentsocket.protocol.Bytes;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;

/**
 * A {@link Transport} over a Spring {@link WebSocketSession}. Sends from one publisher
 * that is completed to close; copies each inbound message once, into an array that the
 * frames then refer to.
 */
public final class WebSocketTransport implements Transport {

	private static final Log logger = LogFactory.getLog(WebSocketTransport.class);

	private static final boolean NETTY = ClassUtils.isPresent("io.netty.util.internal.ThreadExecutorMap",
			WebSocketTransport.class.getClassLoader());

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

	private static final Duration LINGER = Duration.ofMillis(50);

	/** First of the close codes that blame the peer. */
	private static final int FIRST_FINAL = 4500;

	private static final int MESSAGE_TOO_BIG = 1009;

	private static final int ABNORMAL = 1006;

	private final WebSocketSession session;

	private final Executor executor;

	private final OutboundMessages outbound;

	private final TransportListener listener;

	private final AtomicBoolean closed = new AtomicBoolean();

	private volatile @Nullable CloseStatus closeStatus;

	private WebSocketTransport(WebSocketSession session, Function<WebSocketTransport, TransportListener> listener) {
		this.session = session;
		this.executor = eventLoop();
		this.listener = listener.apply(this);
		this.outbound = new OutboundMessages(session, this.listener::writable);
	}

	/**
	 * Serve a socket until it is closed.
	 * @param session the socket, on whose event loop this is called
	 * @param listener creates the listener of the transport
	 * @return completes when the socket is closed, never fails
	 */
	public static Mono<Void> serve(WebSocketSession session, Function<WebSocketTransport, TransportListener> listener) {
		return Mono.defer(() -> new WebSocketTransport(session, listener).run());
	}

	private static Executor eventLoop() {
		EventExecutor current = NETTY ? ThreadExecutorMap.currentExecutor() : null;
		return (current != null) ? current : Schedulers.parallel()::schedule;
	}

	private Mono<Void> run() {
		Mono<Void> receive = this.session.receive()
			.doOnNext(this::receive)
			.then()
			.onErrorResume(this::receiveFailed)
			.doFinally((signal) -> this.outbound.complete());
		Mono<Void> send = this.session.send(this.outbound).onErrorResume((error) -> {
			logger.debug("Sending failed", error);
			return Mono.empty();
		}).then(Mono.defer(this::closeSession));
		return Mono.when(receive, send)
			.then(this.session.closeStatus().timeout(Duration.ofMillis(100), Mono.empty()))
			.map(CloseStatus::getCode)
			.onErrorReturn(ABNORMAL)
			.defaultIfEmpty(ABNORMAL)
			.doOnNext(this::closed)
			.doOnCancel(() -> closed(ABNORMAL))
			.then();
	}

	private void receive(WebSocketMessage message) {
		if (message.getType() == WebSocketMessage.Type.BINARY) {
			DataBuffer payload = message.getPayload();
			byte[] bytes = new byte[payload.readableByteCount()];
			payload.read(bytes);
			this.listener.message(Bytes.of(bytes));
		}
		else if (message.getType() == WebSocketMessage.Type.TEXT) {
			this.listener.text();
		}
	}

	private Mono<Void> receiveFailed(Throwable error) {
		logger.debug("Receiving failed", error);
		if (error.getClass().getSimpleName().equals("TooLongFrameException")) {
			close(MESSAGE_TOO_BIG, "The message is too long");
		}
		return Mono.empty();
	}

	private Mono<Void> closeSession() {
		CloseStatus status = this.closeStatus;
		if (status == null) {
			return Mono.empty();
		}
		// What the peer has sent meanwhile is read first: a socket that is closed with
		// unread
		// input is reset, and the close code is lost with it.
		Mono<Void> linger = (status.getCode() >= FIRST_FINAL) ? Mono.delay(LINGER).then() : Mono.empty();
		return linger.then(this.session.close(status)).timeout(CLOSE_TIMEOUT, Mono.empty()).onErrorComplete();
	}

	private void closed(int code) {
		if (this.closed.compareAndSet(false, true)) {
			CloseStatus status = this.closeStatus;
			this.listener.closed((status != null) ? status.getCode() : code);
		}
	}

	@Override
	public Executor executor() {
		return this.executor;
	}

	@Override
	public boolean isWritable() {
		return this.outbound.isWritable();
	}

	@Override
	public void write(Bytes message) {
		this.outbound.write(message);
	}

	@Override
	public void close(int code, String reason) {
		if (this.closeStatus == null) {
			this.closeStatus = new CloseStatus(code, reason);
			this.outbound.complete();
		}
	}

}
