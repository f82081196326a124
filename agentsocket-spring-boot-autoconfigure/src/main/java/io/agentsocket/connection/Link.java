package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;

import io.agentsocket.codec.CodecException;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.ReceiveWindow;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.ProtocolException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * The present connection of a peer: replays what was not acknowledged, then sends and
 * receives messages, with acknowledgements and signs of life. Runs in the peer's loop.
 * Implements sections 10, 11 and 14 of {@code docs/protocol.md}.
 */
final class Link {

	private static final Log logger = LogFactory.getLog(Link.class);

	private static final Duration ACK_DELAY = Duration.ofSeconds(1);

	private final Peer peer;

	private final PeerLoop loop;

	private final PeerSettings settings;

	private final PeerState state;

	private final Inbound inbound;

	private final TrafficCount traffic;

	private @Nullable ArrayDeque<Bytes> replay;

	/** Messages that are sent when they have become durable. */
	private @Nullable ArrayDeque<Bytes> held;

	private @Nullable Transport transport;

	private @Nullable Keepalive keepalive;

	private @Nullable Disposable ackTimer;

	private boolean pingDue;

	private boolean unconfirmed;

	private volatile ContextView context = Context.empty();

	private volatile boolean attached;

	Link(Peer peer, PeerLoop loop, PeerSettings settings, PeerState state, Inbound inbound) {
		this.peer = peer;
		this.loop = loop;
		this.settings = settings;
		this.state = state;
		this.inbound = inbound;
		this.traffic = new TrafficCount(settings.role() == PeerSettings.Role.CLIENT);
	}

	/** Begin to use a connection. */
	void attach(Peer.Attachment attachment) {
		this.state.incoming().acknowledged();
		this.context = attachment.context();
		this.transport = attachment.transport();
		this.attached = true;
		this.unconfirmed = true;
		ArrayDeque<Bytes> again = new ArrayDeque<>();
		Bytes first = attachment.firstMessage();
		if (!first.isEmpty()) {
			again.add(first);
		}
		again.addAll(this.state.outgoing().log().unacknowledged(attachment.remote()));
		this.replay = again;
		Keepalive created = new Keepalive(this.peer, this.loop, this.settings, attachment.keepalive());
		this.keepalive = created;
		created.start();
	}

	/** Forget the present connection, which its owner closes. */
	void detach() {
		this.transport = null;
		this.attached = false;
		this.replay = null;
		this.held = null;
		this.state.outgoing().discardUnnumbered();
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

	/** How many messages are to be sent again first. */
	int replaying() {
		return (this.replay != null) ? this.replay.size() : 0;
	}

	/** Forget what was to be sent again: numbers start anew. */
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

	/** What was sent and received so far; from any thread. */
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
			this.inbound.read(from, message);
		}
		catch (ProtocolException ex) {
			this.peer.drop(ex.closeCode(), String.valueOf(ex.getMessage()));
		}
		catch (CodecException ex) {
			if (logger.isDebugEnabled()) {
				logger.debug("Metadata or a descriptor cannot be decoded", ex);
			}
			this.peer.drop(CloseCode.PROTOCOL, "Metadata or a descriptor cannot be decoded");
		}
		ReceiveWindow incoming = this.state.incoming();
		if (this.transport == from && incoming.isPending() && !incoming.isDue() && this.ackTimer == null) {
			this.ackTimer = this.loop.schedule(this::acknowledgeLate, ACK_DELAY);
		}
	}

	private void acknowledgeLate() {
		this.ackTimer = null;
		if (this.state.incoming().isPending()) {
			this.state.incoming().due();
		}
	}

	/** An ACK arrived; {@code ping} asks for an answer. */
	void acknowledged(boolean ping) {
		if (ping) {
			if (this.keepalive != null) {
				this.keepalive.pinged();
			}
			this.state.incoming().due();
		}
		if (this.unconfirmed) {
			this.unconfirmed = false;
			this.settings.listener().confirmed();
		}
	}

	/** Ask for a sign of life. */
	void ping() {
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
		while (present.isWritable() && write(present, ownership)) {
			// Until the transport, the window or the queue says no.
		}
		return present.isWritable();
	}

	private boolean write(Transport present, Ownership ownership) {
		SendQueue outgoing = this.state.outgoing();
		ReceiveWindow incoming = this.state.incoming();
		long sentBefore = outgoing.log().sent();
		boolean ping = false;
		Bytes message = (this.replay != null) ? this.replay.poll() : null;
		boolean replayed = message != null;
		if (message == null) {
			this.replay = null;
			ping = this.pingDue;
			Frame.Ack ack = (incoming.isDue() || ping) ? new Frame.Ack(incoming.received(), sentBefore, ping) : null;
			if (ack != null) {
				ownership.acknowledging(ack.received());
			}
			message = outgoing.nextMessage(ack);
			if (message == null) {
				return false;
			}
			if (ack != null) {
				incoming.acknowledged();
				this.pingDue = false;
			}
		}
		if (ownership.isStrict()) {
			ArrayDeque<Bytes> waiting = (this.held != null) ? this.held : new ArrayDeque<>();
			waiting.add(message);
			this.held = waiting;
		}
		else {
			present.write(message);
		}
		if (this.keepalive != null) {
			this.keepalive.sent(ping, replayed || outgoing.log().sent() > sentBefore);
		}
		this.traffic.sent(message.length());
		return true;
	}

	/** Messages that wait until they are durable. */
	int held() {
		return (this.held != null) ? this.held.size() : 0;
	}

	/** Send the first messages that have waited, if the connection is still the same. */
	void release(Transport connection, int messages) {
		if (this.transport == connection && this.held != null) {
			for (int i = 0; i < messages; i++) {
				connection.write(this.held.remove());
			}
		}
	}

	/** Send all that wait, durable or not: it is the end. */
	void releaseAll() {
		Transport present = this.transport;
		if (present != null && this.held != null) {
			List.copyOf(this.held).forEach(present::write);
		}
	}

	/** The end of a turn. */
	void flushed() {
		if (this.keepalive != null) {
			this.keepalive.stalled(!this.state.outgoing().isEmpty() || this.pingDue);
		}
	}

}
