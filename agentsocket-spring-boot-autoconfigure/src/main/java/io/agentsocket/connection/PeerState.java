package io.agentsocket.connection;

import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.sequence.Aliases;
import io.agentsocket.connection.sequence.Reassembly;
import io.agentsocket.connection.sequence.ReceiveWindow;
import io.agentsocket.connection.sequence.ReplayLog;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.protocol.Limits;

/**
 * Where one side of a session stands in the protocol. Confined to the peer's loop.
 *
 * @param outgoing what is sent
 * @param incoming what was received
 * @param assembly payloads that arrive in parts
 * @param streams open streams
 * @param mine aliases that this side has defined
 * @param theirs aliases that the other side has defined
 * @param ledger what the store is told of all this
 */
record PeerState(SendQueue outgoing, ReceiveWindow incoming, Reassembly assembly, StreamTable streams, Aliases mine,
		Aliases theirs, Ledger ledger) {

	static PeerState of(PeerSettings settings) {
		Ledger ledger = new Ledger();
		StreamTable streams = new StreamTable(settings.role() == Role.SERVER, settings.limits().streams(), ledger);
		Limits remote = (settings.role() == Role.CLIENT) ? Limits.SERVER : Limits.CLIENT;
		return new PeerState(new SendQueue(settings.limits(), remote, ledger, streams::isRemote, streams::callers),
				new ReceiveWindow(settings.limits().window()), new Reassembly(settings.limits()), streams,
				new Aliases(), new Aliases(), ledger);
	}

	/** Numbers of frames. */
	Position position() {
		ReplayLog log = this.outgoing.log();
		return new Position(this.incoming.received(), log.sent(), log.firstHeld());
	}

	/** Start anew. */
	void clear() {
		this.outgoing.clear();
		this.incoming.reset();
		this.assembly.clear();
		this.mine.clear();
		this.theirs.clear();
		this.streams.clear();
	}

}
