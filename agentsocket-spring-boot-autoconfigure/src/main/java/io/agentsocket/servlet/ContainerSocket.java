package io.agentsocket.servlet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.agentsocket.connection.loop.SerialLoop;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.transport.ControlBudget;
import io.agentsocket.transport.FrameException;
import io.agentsocket.transport.Socket;
import io.agentsocket.transport.SocketClose;
import io.agentsocket.transport.TransportListener;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * A WebSocket on the bytes of a servlet container. Everything happens in a loop of its
 * own, which runs on the container's thread when that brings something, and on Reactor's
 * parallel scheduler otherwise; no thread ever waits. While the loop is busy elsewhere,
 * nothing is read: the container does not get ahead of the engine.
 */
final class ContainerSocket implements Socket {

	private static final Log logger = PrintableLog.of(ContainerSocket.class);

	/** Where the loop runs when no thread of the container is at hand. */
	private static final Executor WORKERS = Schedulers.parallel()::schedule;

	/** Buffers that are read before their results are sent: as many as Netty reads. */
	private static final int READS = 16;

	/**
	 * How often a connection that has brought something is looked at again before it goes
	 * back to the container's poller: some 20 microseconds. With 64 calls in flight that
	 * is twice as many calls a second; more looks gain nothing.
	 */
	private static final int LOOKS = 16;

	/**
	 * How long a peer may take to answer a CLOSE frame that has left, and to take the
	 * last bytes when it has answered.
	 */
	private static final Duration GRACE = Duration.ofSeconds(1);

	private final ByteChannel channel;

	private final FrameParser parser;

	private final SerialLoop loop = new SerialLoop(WORKERS, this::flush, this::broken);

	private final Executor executor = this::submit;

	private final InboundMessages inbound = new InboundMessages(this::stop);

	private final OutboundFrames outbound;

	private final ControlBudget budget = new ControlBudget();

	private final Frames frames = new Frames();

	private @Nullable Runnable closing;

	private @Nullable SocketClose closed;

	/** Completes when the peer has answered a CLOSE frame, or is gone. */
	private Sinks.@Nullable Empty<Void> answered;

	/** Looks that are left. */
	private int looks;

	/** Tasks that were submitted in the loop and wait: the engine has more to do. */
	private int yielded;

	private boolean closeSent;

	/** Whether input is dropped, since the peer has broken a rule. */
	private boolean deaf;

	/** Whether the peer sends nothing more. */
	private boolean ended;

	/** Nothing is read or written any more. */
	private boolean over;

	/**
	 * Create a socket.
	 * @param channel the bytes
	 * @param maxMessage bytes of the largest message
	 */
	ContainerSocket(ByteChannel channel, int maxMessage) {
		this.channel = channel;
		this.parser = new FrameParser(maxMessage);
		this.outbound = new OutboundFrames(channel);
	}

	/**
	 * Serve the socket, from now on.
	 * @param service serves the socket until it ends
	 */
	void start(Mono<Void> service) {
		this.loop.executeHere(() -> service.subscribe(null, this::broken, () -> this.loop.execute(this::finish)),
				WORKERS);
	}

	/** The container has something to read. Called on any thread. */
	void readable() {
		this.loop.executeHere(this::read, WORKERS);
	}

	/** The container has written all its bytes. Called on any thread. */
	void writable() {
		this.loop.executeHere(this::written, WORKERS);
	}

	/** The container has lost the connection. Called on any thread. */
	void lost(@Nullable Throwable cause) {
		this.loop.executeHere(() -> fail((cause != null) ? cause : new IOException("The connection is lost")), WORKERS);
	}

	private void submit(Runnable task) {
		if (!this.loop.inLoop()) {
			this.loop.executeLater(task);
			return;
		}
		this.yielded++;
		this.loop.executeLater(() -> {
			this.yielded--;
			task.run();
		});
	}

	private void read() {
		if (this.over || this.ended) {
			return;
		}
		if (this.yielded > 0) {
			// The engine has not done the work of earlier reads yet.
			this.loop.executeLater(this::read);
			return;
		}
		ByteBuffer buffer = ReadBuffers.take();
		try {
			for (int i = 0; i < READS; i++) {
				int count = this.channel.read(buffer);
				if (count <= 0) {
					if (count < 0) {
						ended();
					}
					else {
						idle(i > 0);
					}
					return;
				}
				take(buffer);
			}
		}
		catch (IOException ex) {
			fail(ex);
			return;
		}
		finally {
			ReadBuffers.giveBack(buffer);
		}
		// The answers leave before there is more to answer.
		flush();
		this.loop.executeLater(this::read);
	}

	/**
	 * Nothing is there to read now. A busy peer sends more in a moment, which is sooner
	 * than the container's poller brings it: two changes of threads less.
	 */
	private void idle(boolean busy) {
		this.looks = busy ? LOOKS : this.looks - 1;
		if (this.looks <= 0) {
			this.channel.awaitReadable();
			return;
		}
		flush();
		Thread.yield();
		this.loop.executeLater(this::read);
	}

	private void take(ByteBuffer buffer) {
		if (this.deaf || this.parser.isOver()) {
			return;
		}
		try {
			this.parser.parse(buffer, this.frames);
		}
		catch (FrameException ex) {
			this.deaf = true;
			this.inbound.fail(ex);
		}
	}

	/** The peer sends nothing more. */
	private void ended() {
		this.ended = true;
		this.inbound.complete();
		answered();
	}

	private void fail(Throwable cause) {
		if (this.over) {
			return;
		}
		logger.debug("A connection is broken", cause);
		this.over = true;
		this.outbound.fail(cause);
		this.inbound.fail(cause);
		answered();
	}

	/** Something failed that never does. */
	private void broken(Throwable error) {
		logger.error("A socket failed", error);
		this.loop.execute(() -> fail(error));
	}

	private void answered() {
		Sinks.Empty<Void> waiting = this.answered;
		if (waiting != null) {
			waiting.tryEmitEmpty();
		}
	}

	private void flush() {
		if (!this.over) {
			try {
				this.outbound.flush();
			}
			catch (IOException ex) {
				fail(ex);
			}
		}
	}

	private void written() {
		if (!this.over) {
			try {
				this.outbound.written();
			}
			catch (IOException ex) {
				fail(ex);
			}
		}
	}

	/** All is done: the connection is closed as soon as the last bytes have left. */
	private void finish() {
		flush();
		if (this.over || this.outbound.isEmpty()) {
			stop();
		}
		else {
			this.outbound.whenEmpty(this::stop);
			Schedulers.parallel()
				.schedule(() -> this.executor.execute(this::stop), GRACE.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	private void stop() {
		this.over = true;
		this.outbound.drop();
		this.channel.close();
	}

	@Override
	public Executor executor() {
		return this.executor;
	}

	@Override
	public boolean inLoop() {
		return this.loop.inLoop();
	}

	@Override
	public Flux<?> receive() {
		return this.inbound;
	}

	@Override
	public void read(Object received, TransportListener listener) {
		if (received instanceof Bytes message) {
			listener.message(message);
		}
		else {
			listener.text();
		}
	}

	@Override
	public Mono<Void> send(Publisher<Object> messages) {
		return this.outbound.send(messages);
	}

	@Override
	public Object message(Bytes bytes) {
		return bytes;
	}

	@Override
	public void onClose(Runnable told) {
		this.closing = told;
	}

	@Override
	public Mono<Void> close(int code, @Nullable String reason) {
		if (this.over || this.closed != null) {
			return Mono.empty();
		}
		this.closeSent = true;
		this.outbound.add(ServerFrames.close(code, reason));
		flush();
		// A socket that is closed with unread input is reset, and the code is lost.
		Sinks.Empty<Void> answer = Sinks.empty();
		this.answered = answer;
		// A peer that reads slowly sees the code, too: its time begins when it can. How
		// long it may take to read is for the transport to say.
		Sinks.Empty<Void> left = Sinks.empty();
		if (this.outbound.isEmpty()) {
			left.tryEmitEmpty();
		}
		else {
			this.outbound.whenEmpty(left::tryEmitEmpty);
		}
		return Mono.firstWithSignal(answer.asMono(), left.asMono().then(Mono.delay(GRACE)).then())
			.publishOn(Schedulers.fromExecutor(this.executor));
	}

	@Override
	public Mono<SocketClose> closing() {
		return Mono.justOrEmpty(this.closed);
	}

	@Override
	public void abort() {
		this.over = true;
		this.outbound.drop();
		this.channel.reset();
		answered();
	}

	/** Told of the messages of the peer. */
	private final class Frames implements FrameListener {

		@Override
		public void message(Bytes message) {
			ContainerSocket.this.inbound.emit(message);
		}

		@Override
		public void text() {
			ContainerSocket.this.inbound.emit(InboundMessages.TEXT);
		}

		@Override
		public void control(byte[] payload, boolean ping) {
			if (ContainerSocket.this.budget.isExceeded()) {
				throw new FrameException(CloseCode.RATE.code(), "Too many control frames");
			}
			if (ping) {
				ContainerSocket.this.outbound.pong(payload);
			}
		}

		@Override
		public void peerClosed(int code, String reason) {
			ContainerSocket socket = ContainerSocket.this;
			socket.closed = SocketClose.of(code, reason);
			Runnable told = socket.closing;
			if (told != null) {
				told.run();
			}
			if (!socket.closeSent) {
				socket.closeSent = true;
				socket.outbound.add(ServerFrames.close(code, ""));
			}
			socket.inbound.complete();
			socket.answered();
		}

	}

}
