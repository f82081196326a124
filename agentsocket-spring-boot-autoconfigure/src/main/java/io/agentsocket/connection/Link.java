package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayDeque;

import io.agentsocket.codec.CodecException;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.loop.SerialLoop;
import io.agentsocket.connection.sequence.ReceiveWindow;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.takeover.Ownership;
import io.agentsocket.connection.takeover.PeerState;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.protocol.Traffic;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * The present connection of a peer: replays messages that were not acknowledged, then
 * sends and receives messages, with acknowledgements and signs of life. Runs in the
 * peer's loop. Implements sections 10, 11 and 14 of {@code docs/protocol.md}.
 */
final class Link implements Keepalive.Owner {

	private static final Log logger = PrintableLog.of(Link.class);

	/**
	 * Time after which a few received frames are acknowledged, too: the sender need not
	 * hold them for long.
	 */
	private static final Duration ACK_DELAY = Duration.ofSeconds(1);

	private final SerialLoop serialLoop;

	private final PeerLoop loop;

	private final PeerSettings settings;

	private final PeerState state;

	private final FrameDispatcher dispatcher;

	/** Sends the queued frames. */
	private final Runnable flush;

	private final TrafficCount traffic;

	private @Nullable ArrayDeque<Bytes> replay;

	/** Messages that are sent when they have become durable. */
	private @Nullable HeldMessages held;

	private @Nullable Transport transport;

	private @Nullable Keepalive keepalive;

	private @Nullable Disposable ackTimer;

	private boolean pingDue;

	private boolean unconfirmed;

	private volatile ContextView context = Context.empty();

	private volatile boolean attached;

	Link(SerialLoop serialLoop, PeerLoop loop, PeerSettings settings, PeerState state, FrameDispatcher dispatcher,
			Runnable flush) {
		this.serialLoop = serialLoop;
		this.loop = loop;
		this.settings = settings;
		this.state = state;
		this.dispatcher = dispatcher;
		this.flush = flush;
		this.traffic = new TrafficCount(settings.role() == PeerSettings.Role.CLIENT, settings.totals());
	}

	/** Begin to use a connection, on whose executor the loop runs from now on. */
	void attach(Attachment attachment) {
		this.serialLoop.runOn(attachment.transport().executor());
		this.state.receiveWindow().acknowledged();
		this.context = attachment.context();
		this.transport = attachment.transport();
		this.attached = true;
		this.unconfirmed = true;
		ArrayDeque<Bytes> again = new ArrayDeque<>();
		Bytes first = attachment.firstMessage();
		if (!first.isEmpty()) {
			again.add(first);
		}
		again.addAll(this.state.sendQueue().log().unacknowledged(attachment.remote()));
		this.replay = again;
		Keepalive created = new Keepalive(this, this.loop, this.settings, attachment.keepalive());
		this.keepalive = created;
		created.start();
	}

	/** Forget the present connection; the caller closes it. */
	private void detach() {
		this.serialLoop.runOn(null);
		this.transport = null;
		this.attached = false;
		this.replay = null;
		if (this.held != null) {
			this.held.close();
			this.held = null;
		}
		this.state.sendQueue().discardUnnumbered();
		this.pingDue = false;
		if (this.keepalive != null) {
			this.keepalive.stop();
			this.keepalive = null;
		}
		if (this.ackTimer != null) {
			this.ackTimer.dispose();
			this.ackTimer = null;
		}
	}

	/** A connection is closed by itself: the session may be resumed. */
	void closed(Transport connection, int closeCode, boolean here) {
		if (this.transport == connection) {
			detach();
			if (here) {
				this.settings.listener().detached(closeCode);
			}
			else {
				this.settings.listener().left(closeCode);
			}
		}
	}

	/** Close the present connection if there is one; the listener is not told. */
	void disconnect(int closeCode, String reason) {
		Transport present = this.transport;
		if (present != null) {
			detach();
			present.close(closeCode, reason);
		}
	}

	/**
	 * Leave the present connection open to the caller: nothing more is sent on it by this
	 * peer, nor read.
	 * @return the connection, or {@code null} when there is none
	 */
	@Nullable Transport release() {
		Transport present = this.transport;
		if (present != null) {
			detach();
		}
		return present;
	}

	/** Close the present connection if there is one; nothing more is sent on it. */
	void drop(CloseCode code, String rule) {
		if (this.transport != null) {
			if (logger.isDebugEnabled()) {
				logger.debug("Closing connection of session " + this.settings.session().id() + " with " + code.code()
						+ ": " + rule);
			}
			disconnect(code.code(), rule);
			this.settings.listener().detached(code.code());
		}
	}

	/**
	 * Close a connection if it is the present one, behind what is queued. From any
	 * thread.
	 * @param connection the connection, or {@code null} for whichever there is
	 */
	void close(@Nullable Transport connection, CloseCode code, String rule) {
		this.loop.execute(() -> {
			if (this.transport != null && (connection == null || connection == this.transport)) {
				this.flush.run();
				drop(code, rule);
			}
		});
	}

	@Override
	public void close(CloseCode code, String rule) {
		close(null, code, rule);
	}

	/** How many messages are to be sent again first. */
	int replaying() {
		return (this.replay != null) ? this.replay.size() : 0;
	}

	/** Forgets the messages that were to be sent again: numbers start anew. */
	void clear() {
		this.replay = null;
	}

	@Nullable Transport transport() {
		return this.transport;
	}

	boolean isOn(Transport connection) {
		return this.transport == connection;
	}

	/** Whether there is a connection; from any thread. */
	boolean isAttached() {
		return this.attached;
	}

	/** Reactor context of the latest connection; from any thread. */
	ContextView context() {
		return this.context;
	}

	/** Counts of traffic so far; from any thread. */
	Traffic traffic() {
		return this.traffic.read();
	}

	/** Read a message of a connection. */
	void read(Transport from, Bytes message) {
		if (this.keepalive != null) {
			this.keepalive.received();
		}
		this.traffic.received(message.length());
		try {
			readFrames(from, message);
		}
		catch (ProtocolException ex) {
			drop(ex.closeCode(), String.valueOf(ex.getMessage()));
		}
		catch (CodecException ex) {
			if (logger.isDebugEnabled()) {
				logger.debug("Metadata or a descriptor cannot be decoded", ex);
			}
			drop(CloseCode.PROTOCOL, "Metadata or a descriptor cannot be decoded");
		}
		ReceiveWindow receiveWindow = this.state.receiveWindow();
		if (this.transport == from && receiveWindow.isPending() && !receiveWindow.isDue() && this.ackTimer == null) {
			this.ackTimer = this.loop.schedule(this::acknowledgeLate, ACK_DELAY);
		}
	}

	/** Read a message until its end, or until the connection is given up. */
	private void readFrames(Transport from, Bytes message) {
		FrameReader reader = new FrameReader(message, this.settings.limits());
		Frame frame = reader.next();
		int frames = 0;
		while (frame != null) {
			frames++;
			if (logger.isTraceEnabled()) {
				logger.trace(this.settings.session().id() + " received " + frame.type() + " " + frame.streamId());
			}
			if (frame instanceof Frame.Ack ack) {
				acknowledged(ack);
			}
			else {
				if (frame.type().isNumbered()) {
					this.state.receiveWindow().count(reader.frameSize());
				}
				this.dispatcher.dispatch(frame);
			}
			frame = (this.transport == from) ? reader.next() : null;
		}
		this.traffic.framesReceived(frames);
	}

	private void acknowledgeLate() {
		this.ackTimer = null;
		if (this.state.receiveWindow().isPending()) {
			this.state.receiveWindow().requireAck();
		}
	}

	private void acknowledged(Frame.Ack ack) {
		if (!this.state.sendQueue().log().acknowledge(ack.received())) {
			throw new ProtocolException(CloseCode.SEQUENCE, "An acknowledgement of what was not sent");
		}
		if (ack.sent() >= 0 && ack.sent() != this.state.receiveWindow().received()) {
			throw new ProtocolException(CloseCode.SEQUENCE, "Frames are missing");
		}
		if (ack.end()) {
			// This ACK is a ping.
			if (this.keepalive != null) {
				this.keepalive.pinged();
			}
			this.state.receiveWindow().requireAck();
		}
		if (this.unconfirmed) {
			this.unconfirmed = false;
			this.settings.listener().onFirstAck();
		}
	}

	@Override
	public void ping() {
		this.pingDue = true;
	}

	/**
	 * Send what the connection takes.
	 * @return whether it takes more
	 */
	boolean send(Ownership ownership) {
		Transport present = this.transport;
		if (present == null) {
			return false;
		}
		if (this.held != null && !this.held.writeDurable()) {
			return false;
		}
		while (present.isWritable() && write(present, ownership)) {
			// Until the transport, the window or the queue says no.
		}
		return present.isWritable();
	}

	/**
	 * Send what waits in front, such as GOAWAY, although the connection takes no more: it
	 * is closed next, and one message is little.
	 */
	void sendLast(Ownership ownership) {
		if (this.transport != null && this.replay == null && this.state.sendQueue().prompts() > 0) {
			write(this.transport, ownership);
		}
	}

	private boolean write(Transport present, Ownership ownership) {
		SendQueue sendQueue = this.state.sendQueue();
		ReceiveWindow receiveWindow = this.state.receiveWindow();
		long sentBefore = sendQueue.log().sent();
		boolean ping = false;
		Bytes message = (this.replay != null) ? this.replay.poll() : null;
		boolean replayed = message != null;
		if (message == null) {
			this.replay = null;
			ping = this.pingDue;
			Frame.Ack ack = (receiveWindow.isDue() || ping) ? new Frame.Ack(receiveWindow.received(), sentBefore, ping)
					: null;
			if (ack != null) {
				ownership.acknowledging(ack.received());
			}
			message = sendQueue.nextMessage(ack);
			if (message == null) {
				return false;
			}
			if (ack != null) {
				receiveWindow.acknowledged();
				this.pingDue = false;
			}
		}
		if (ownership.isStrict() || (this.held != null && !this.held.isEmpty())) {
			HeldMessages waiting = (this.held != null) ? this.held : new HeldMessages(present);
			waiting.add(message);
			this.held = waiting;
		}
		else {
			present.write(message);
		}
		if (this.keepalive != null) {
			this.keepalive.sent(ping, replayed || sendQueue.log().sent() > sentBefore);
		}
		this.traffic.sent(message.length());
		this.traffic.framesSent(sendQueue.log().sent() - sentBefore);
		return true;
	}

	/**
	 * The messages that were built since this was asked the last time, and wait until
	 * they are durable.
	 * @return sends them, as the connection asks for them, if it is still the same; null
	 * when there are none
	 */
	@Nullable Runnable heldMessages() {
		HeldMessages waiting = this.held;
		long messages = (waiting != null) ? waiting.claim() : 0;
		if (waiting == null || messages == 0) {
			return null;
		}
		return () -> {
			if (this.held == waiting) {
				waiting.release(messages);
			}
		};
	}

	/** Sends all that the connection takes, durable or not: the session ends. */
	void releaseAll() {
		if (this.held != null) {
			this.held.releaseAll();
		}
	}

	/** Ends a turn: takes note of whether something waits for the connection. */
	void flushed() {
		if (this.keepalive != null) {
			this.keepalive.stalled(
					!this.state.sendQueue().isEmpty() || this.pingDue || (this.held != null && this.held.isStalled()));
		}
	}

}
