package io.agentsocket.connection.takeover;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import reactor.core.publisher.MonoSink;

/**
 * A peer whose session another peer owns: it reaches the session through an
 * {@link OwnerLink}.
 */
final class Follower extends SessionRole {

	private final StreamContext context;

	private final PeerState state;

	private final OwnerLink link;

	private final InboxWriter inbox;

	private final OwnershipListener listener;

	private final OwnershipHost host;

	Follower(StreamContext context, PeerState state, OwnerLink link, OwnershipListener listener, OwnershipHost host) {
		this.context = context;
		this.state = state;
		this.link = link;
		this.inbox = link.inbox();
		this.listener = listener;
		this.host = host;
	}

	@Override
	void flush() {
		SendQueue sendQueue = this.state.sendQueue();
		do {
			this.link.pump(sendQueue);
		}
		while (this.host.ended() == null && this.host.goOn() && this.inbox.isEmpty());
		boolean settled = sendQueue.isEmpty() && this.inbox.isTaken();
		settled(settled);
		if (settled && this.state.streams().isEmpty() && this.host.ended() == null) {
			this.listener.finished();
		}
	}

	@Override
	long held() {
		return this.inbox.held();
	}

	@Override
	void handedOver(QueuedFrame queued, MonoSink<Void> sink) {
		this.inbox.whenPushed(queued, sink);
	}

	@Override
	void framesFromOwner(String from, Bytes body) {
		this.link.receive(from, body, this.host.receiver());
	}

	/**
	 * Answers LOST for each stream of the list that neither is here nor is on its way to
	 * here.
	 */
	@Override
	void reconcileStreams(Bytes body) {
		RecordFormat.Reader reader = new RecordFormat.Reader(body);
		String log = reader.text();
		RunnerLane.Place sent = RunnerLane.Place.read(reader);
		if (!this.link.log().equals(log) || !this.link.hasHeard(sent)) {
			return;
		}
		while (reader.hasMore()) {
			int id = (int) reader.number();
			if (!this.state.streams().isOpen(id) && this.link.ignore(id)) {
				// The error goes behind the result, if there is one on its way.
				this.state.sendQueue().add(this.context.errorFrame(id, RecordedCall.gone()), null);
			}
		}
	}

	@Override
	void taken(Bytes body) {
		this.link.taken(body);
	}

	@Override
	void announce(Frame.Define frame) {
		this.inbox.announce(frame);
	}

	@Override
	void requestEnd() {
		this.inbox.pushFirst(new QueuedFrame(new Frame.GoAway(0, 0, 0, ""), null));
	}

	@Override
	boolean isDone() {
		return this.inbox.isTaken() && this.state.sendQueue().isEmpty() && this.state.streams().isEmpty()
				&& !this.host.hasEventsUnderway();
	}

	@Override
	void close() {
		this.link.close();
	}

}
