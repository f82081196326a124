package io.agentsocket.connection;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.BiConsumer;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.Aliases;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.StreamHost;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Names;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Sends the events of this side, in the order in which they were submitted. Public
 * methods may be called from any thread. Implements section 5.6 of
 * {@code docs/protocol.md}.
 */
public final class EventSender {

	private static final Log logger = PrintableLog.of(EventSender.class);

	private static final AtomicIntegerFieldUpdater<EventSender> UNDERWAY = AtomicIntegerFieldUpdater
		.newUpdater(EventSender.class, "underway");

	private final PeerLoop loop;

	private final SendQueue sendQueue;

	private final Aliases ownAliases;

	private final Codec codec;

	private final StreamHost host;

	private final BiConsumer<QueuedFrame, MonoSink<Void>> handOver;

	/** Queued bytes above which no event is taken. */
	private final int maxQueued;

	/**
	 * Whether more than {@link #maxQueued} is queued, as of the end of the latest turn.
	 */
	private volatile boolean congested;

	/** Events on their way into the loop. */
	private volatile int underway;

	/**
	 * Create a sender.
	 * @param settings settings of the peer
	 * @param loop its loop
	 * @param sendQueue takes the events
	 * @param ownAliases aliases of this side
	 * @param host the peer
	 * @param handOver completes the sink when the session has taken a frame that was
	 * queued
	 */
	EventSender(PeerSettings settings, PeerLoop loop, SendQueue sendQueue, Aliases ownAliases, StreamHost host,
			BiConsumer<QueuedFrame, MonoSink<Void>> handOver) {
		this.loop = loop;
		this.sendQueue = sendQueue;
		this.ownAliases = ownAliases;
		this.codec = settings.codec();
		this.maxQueued = settings.limits().assembly();
		this.host = host;
		this.handOver = handOver;
	}

	/**
	 * Send an event.
	 * @param name name of the event
	 * @param payload the payload, or {@code null}
	 * @throws CodecException if the payload cannot be encoded
	 * @throws ActionException TOO_LARGE if it exceeds the limit of the other side;
	 * RESOURCE_EXHAUSTED if more waits to be sent than this side holds; the reason that
	 * ended the session on this side
	 */
	public void send(String name, @Nullable Object payload) {
		Bytes encoded = encode(name, payload);
		ActionException over = this.host.ended();
		if (over != null) {
			throw over.foreign();
		}
		submit(name, encoded, true, null);
	}

	/**
	 * Send an event behind those that were submitted before, unless the session or its
	 * cause has ended.
	 * @param name its name
	 * @param payload its payload
	 * @param direct whether nothing is underway to the loop that the event must not
	 * overtake
	 * @param cause the invocation that sends it, if any
	 */
	void send(String name, @Nullable Object payload, boolean direct, QueuedFrame.@Nullable Owner cause) {
		submit(name, encode(name, payload), direct, cause);
	}

	/**
	 * Send an event whose payload is encoded already, unless the session has ended.
	 * @param name name of the event
	 * @param payload the payload in the codec of the session, or empty
	 * @throws ActionException TOO_LARGE or RESOURCE_EXHAUSTED as
	 * {@link #send(String, Object)} does
	 */
	public void sendEncoded(String name, Bytes payload) {
		check(name, payload);
		submit(name, payload, true, null);
	}

	private void submit(String name, Bytes encoded, boolean direct, QueuedFrame.@Nullable Owner cause) {
		if (this.congested) {
			throw tooMuch();
		}
		if (direct && this.loop.inLoop() && this.underway == 0) {
			queue(name, encoded, cause);
			return;
		}
		UNDERWAY.incrementAndGet(this);
		this.loop.executeLater(() -> {
			UNDERWAY.decrementAndGet(this);
			queue(name, encoded, cause);
		});
	}

	private void queue(String name, Bytes encoded, QueuedFrame.@Nullable Owner cause) {
		if (this.host.ended() == null && (cause == null || !cause.isAbandoned())) {
			this.sendQueue.addEvent(event(name, encoded), cause);
		}
		else if (logger.isDebugEnabled()) {
			logger.debug("Event " + name + " is not sent: the session, or the invocation that it is of, has ended");
		}
	}

	/**
	 * Send an event and learn when the session has taken it.
	 * @param name name of the event
	 * @param payload the payload, or {@code null}
	 * @return sends when it is subscribed to, and completes when the session has taken
	 * the event: it waits to be sent, or is in the inbox if another pod owns the session.
	 * Fails as {@link #send(String, Object)} does, and with the reason that ended the
	 * session
	 */
	public Mono<Void> deliver(String name, @Nullable Object payload) {
		return Mono.create((sink) -> {
			Bytes encoded = encode(name, payload);
			Runnable task = () -> deliver(name, encoded, sink);
			if (this.loop.inLoop() && this.underway != 0) {
				this.loop.executeLater(task);
			}
			else {
				this.loop.execute(task);
			}
		});
	}

	private void deliver(String name, Bytes encoded, MonoSink<Void> sink) {
		ActionException over = this.host.ended();
		if (over != null) {
			sink.error(over.foreign());
		}
		else if (this.sendQueue.queued() > this.maxQueued) {
			sink.error(tooMuch());
		}
		else {
			this.handOver.accept(this.sendQueue.add(event(name, encoded), null), sink);
		}
	}

	/**
	 * Check whether an event may be sent.
	 * @param name name of the event
	 * @param payload the payload, or {@code null}
	 * @throws ActionException as {@link #send(String, Object)} does
	 */
	public void check(String name, @Nullable Object payload) {
		encode(name, payload);
		if (this.congested) {
			throw tooMuch();
		}
	}

	private Bytes encode(String name, @Nullable Object payload) {
		checkName(name);
		Bytes encoded = (payload != null) ? this.codec.encode(payload) : Bytes.EMPTY;
		check(name, encoded);
		return encoded;
	}

	private void checkName(String name) {
		if (!Names.isValid(name) || name.length() > this.sendQueue.remote().name()) {
			throw new IllegalArgumentException("Not the name of an event: " + name);
		}
	}

	private void check(String name, Bytes encoded) {
		checkName(name);
		if (encoded.length() > this.sendQueue.remote().item()) {
			throw new ActionException(ErrorCode.TOO_LARGE, "The event exceeds what the other side accepts").foreign();
		}
	}

	private Frame.Event event(String name, Bytes payload) {
		return new Frame.Event(this.ownAliases.ref(name), Bytes.EMPTY, payload);
	}

	private static ActionException tooMuch() {
		return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too much waits to be sent").retryable().foreign();
	}

	/**
	 * Whether events are on their way into the loop, which nothing later may overtake.
	 */
	boolean hasUnderway() {
		return this.underway != 0;
	}

	/** Ends a turn: takes note of the queued bytes. */
	void flushed() {
		this.congested = this.sendQueue.queued() > this.maxQueued;
	}

}
