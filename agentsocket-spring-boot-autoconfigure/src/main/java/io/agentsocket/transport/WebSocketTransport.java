package io.agentsocket.transport;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentsocket.connection.Transport;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * A {@link Transport} over a {@link Socket}. Sends from one publisher that is completed
 * to close; copies each inbound message once, into an array that the frames then refer
 * to.
 *
 * <p>
 * A socket goes through three stages: it receives and sends, until both are over; then it
 * learns how it was closed; then it is done. As soon as one side closes there is a
 * deadline, at which the socket is closed by force: a peer that does not read would hold
 * it up for ever otherwise. The deadline stands still while messages on their way are
 * waited for, and begins anew with the close frame: a process that was stopped meanwhile
 * sends its close code nevertheless.
 */
public final class WebSocketTransport implements Transport {

	private static final Log logger = PrintableLog.of(WebSocketTransport.class);

	private static final AtomicIntegerFieldUpdater<WebSocketTransport> OPEN = AtomicIntegerFieldUpdater
		.newUpdater(WebSocketTransport.class, "open");

	private static final AtomicIntegerFieldUpdater<WebSocketTransport> CLOSED = AtomicIntegerFieldUpdater
		.newUpdater(WebSocketTransport.class, "closed");

	private static final AtomicReferenceFieldUpdater<WebSocketTransport, SocketClose> STATUS = AtomicReferenceFieldUpdater
		.newUpdater(WebSocketTransport.class, SocketClose.class, "closeStatus");

	private static final AtomicReferenceFieldUpdater<WebSocketTransport, Disposable> DEADLINE = AtomicReferenceFieldUpdater
		.newUpdater(WebSocketTransport.class, Disposable.class, "deadline");

	/**
	 * How long closing may take by default, whatever the peer does or does not do: enough
	 * for 256 KiB, a window, over half a megabit per second.
	 */
	public static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

	/** How long the code of a close that has happened may take to be known. */
	private static final Duration CODE_TIMEOUT = Duration.ofMillis(100);

	/** Time for messages that are on their way, some round trips of a data centre. */
	private static final Duration LINGER = Duration.ofMillis(50);

	/** Stands for a deadline while messages on their way are waited for. */
	private static final Disposable LINGERING = Disposables.disposed();

	/** A side that closes with it has ended the session. */
	private static final int NORMAL = 1000;

	/** First of the close codes that blame the peer. */
	private static final int FIRST_FINAL = 4500;

	private static final int MESSAGE_TOO_BIG = 1009;

	private final Socket socket;

	private final Duration closeTimeout;

	private final CoreSubscriber<? super Void> actual;

	private final OutboundMessages outbound;

	private final TransportListener listener;

	private final Receiving receiving = new Receiving();

	private final Sending sending = new Sending();

	/** Directions that are not over yet. */
	private volatile int open = 2;

	private volatile int closed;

	private volatile @Nullable SocketClose closeStatus;

	/** Runs from the moment on that something closes the socket. */
	private volatile @Nullable Disposable deadline;

	private WebSocketTransport(Socket socket, Duration closeTimeout,
			Function<WebSocketTransport, TransportListener> listener, CoreSubscriber<? super Void> actual) {
		this.socket = socket;
		this.closeTimeout = closeTimeout;
		this.actual = actual;
		this.listener = listener.apply(this);
		this.outbound = new OutboundMessages(socket, this.listener::writable);
	}

	/**
	 * Serve a socket until it is closed.
	 * @param socket makes the socket, on its event loop
	 * @param closeTimeout how long closing may take, before the socket is closed by force
	 * @param listener creates the listener of the transport
	 * @return completes when the socket is closed, never fails
	 */
	public static Mono<Void> serve(Supplier<Socket> socket, Duration closeTimeout,
			Function<WebSocketTransport, TransportListener> listener) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Void> actual) {
				new WebSocketTransport(socket.get(), closeTimeout, listener, actual).run();
			}

		};
	}

	private void run() {
		this.socket.onClose(this::limit);
		this.actual.onSubscribe(this.receiving);
		this.socket.receive().subscribe(this.receiving);
		this.socket.send(this.outbound).subscribe(this.sending);
	}

	private void receiveFailed(Throwable error) {
		logger.debug("Receiving failed", error);
		FrameException violation = this.socket.violation(error);
		if (error.getClass().getSimpleName().equals("TooLongFrameException")) {
			close(MESSAGE_TOO_BIG, "The message is too long");
		}
		else if (violation != null) {
			close(violation.closeCode(), String.valueOf(violation.getMessage()));
		}
	}

	/** The socket is closing: from now on it has limited time. */
	private void limit() {
		if (this.deadline == null) {
			limit(null);
		}
	}

	private void limit(@Nullable Disposable before) {
		if (this.closed != 0) {
			return;
		}
		Disposable.Swap timer = Disposables.swap();
		if (!DEADLINE.compareAndSet(this, before, timer)) {
			return;
		}
		timer.update(Schedulers.parallel()
			.schedule(() -> execute(() -> expire(timer)), this.closeTimeout.toMillis(), TimeUnit.MILLISECONDS));
		if (this.closed != 0) {
			timer.dispose();
		}
	}

	private void expire(Disposable timer) {
		if (this.closed == 0 && this.deadline == timer) {
			logger.debug("The peer does not let the socket be closed, it is closed by force");
			this.socket.abort();
			this.receiving.stop();
			this.sending.stop();
			finish(SocketClose.BROKEN);
		}
	}

	/** Wait for messages that are on their way, without a deadline. */
	private Mono<Void> linger() {
		return Mono.defer(() -> {
			Disposable before = DEADLINE.getAndSet(this, LINGERING);
			if (before != null) {
				before.dispose();
			}
			return Mono.delay(LINGER).publishOn(Schedulers.fromExecutor(this::execute));
		}).onErrorComplete().then(Mono.fromRunnable(() -> limit(LINGERING)));
	}

	/** Run a task where messages are written. */
	private void execute(Runnable task) {
		if (this.socket.inLoop()) {
			task.run();
			return;
		}
		try {
			executor().execute(task);
		}
		catch (RejectedExecutionException ex) {
			// The event loop is shut down, and nothing else happens there any more.
			task.run();
		}
	}

	private Mono<Void> closeSocket() {
		SocketClose status = this.closeStatus;
		if (status == null) {
			return Mono.empty();
		}
		// Messages that the peer has sent meanwhile are read first: a socket that is
		// closed with unread input is reset, and the close code is lost with it, and the
		// GOAWAY in front of a normal one.
		Mono<Void> linger = (status.code() >= FIRST_FINAL || status.code() == NORMAL) ? linger() : Mono.empty();
		// Only when its time has come: a close frame that nobody sends is not released.
		return linger.then(Mono.defer(() -> this.socket.close(status.code(), status.reason()))).onErrorComplete();
	}

	/** A direction is over. */
	private void over() {
		if (OPEN.decrementAndGet(this) == 0) {
			this.socket.closing()
				.timeout(CODE_TIMEOUT, Mono.empty())
				.onErrorComplete()
				.defaultIfEmpty(SocketClose.BROKEN)
				.subscribe(new Closing());
		}
	}

	/** Tell that the socket is closed. */
	private boolean closed(SocketClose close) {
		if (!CLOSED.compareAndSet(this, 0, 1)) {
			return false;
		}
		Disposable timer = this.deadline;
		if (timer != null) {
			timer.dispose();
		}
		SocketClose status = this.closeStatus;
		SocketClose told = (status != null) ? status : close;
		this.listener.closed(told.code(), told.reason(), status != null);
		return true;
	}

	private void finish(SocketClose close) {
		if (closed(close)) {
			this.actual.onComplete();
		}
	}

	@Override
	public Executor executor() {
		return this.socket.executor();
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
		if (STATUS.compareAndSet(this, null, new SocketClose(code, reason))) {
			limit();
			// Read there: another thread may close while this one is being made.
			execute(() -> this.outbound.complete());
		}
	}

	/** Subscription of a stage; cancelled with all others. */
	private abstract class Stage implements CoreSubscriber<Object> {

		private static final AtomicReferenceFieldUpdater<Stage, Subscription> UPSTREAM = AtomicReferenceFieldUpdater
			.newUpdater(Stage.class, Subscription.class, "upstream");

		private volatile @Nullable Subscription upstream;

		@Override
		public Context currentContext() {
			return WebSocketTransport.this.actual.currentContext();
		}

		@Override
		@SuppressWarnings("NullAway") // the type of an updater does not say that its
										// field may be null
		public void onSubscribe(Subscription subscription) {
			if (Operators.setOnce(UPSTREAM, this, subscription)) {
				subscription.request(Long.MAX_VALUE);
			}
		}

		@Override
		public void onNext(Object ignored) {
		}

		@SuppressWarnings("NullAway") // as above
		void stop() {
			Operators.terminate(UPSTREAM, this);
		}

	}

	/** Receives; is the subscription to all of it, too. */
	private final class Receiving extends Stage implements Subscription {

		private boolean over;

		@Override
		public void onNext(Object received) {
			if (this.over) {
				Operators.onNextDropped(received, currentContext());
				return;
			}
			try {
				WebSocketTransport.this.socket.read(received, WebSocketTransport.this.listener);
			}
			catch (Throwable ex) {
				Exceptions.throwIfFatal(ex);
				stop();
				onError(ex);
			}
		}

		@Override
		public void onError(Throwable error) {
			if (!this.over) {
				receiveFailed(error);
				onComplete();
			}
		}

		@Override
		public void onComplete() {
			if (!this.over) {
				this.over = true;
				limit();
				WebSocketTransport.this.outbound.complete();
				over();
			}
		}

		@Override
		public void request(long n) {
			// There is nothing to ask for but the end.
		}

		@Override
		public void cancel() {
			stop();
			WebSocketTransport.this.sending.stop();
			if (closed(SocketClose.BROKEN)) {
				// The library closes the socket now, and waits for the peer to take it.
				Schedulers.parallel()
					.schedule(() -> execute(WebSocketTransport.this.socket::abort),
							WebSocketTransport.this.closeTimeout.toMillis(), TimeUnit.MILLISECONDS);
			}
		}

	}

	/** Sends, and then closes. */
	private final class Sending extends Stage {

		@Override
		public void onError(Throwable error) {
			logger.debug("Sending failed", error);
			onComplete();
		}

		@Override
		public void onComplete() {
			limit();
			closeSocket().subscribe(null, null, WebSocketTransport.this::over, currentContext());
		}

	}

	/** Learns how the socket was closed. */
	private final class Closing extends Stage {

		@Override
		public void onNext(Object close) {
			finish((SocketClose) close);
		}

		@Override
		public void onError(Throwable error) {
			onComplete();
		}

		@Override
		public void onComplete() {
			finish(SocketClose.BROKEN);
		}

	}

}
