package io.agentsocket.connection.takeover;

import io.agentsocket.connection.sequence.Aliases;
import io.agentsocket.connection.sequence.Reassembly;
import io.agentsocket.connection.sequence.ReceiveWindow;
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
public record PeerState(SendQueue outgoing, ReceiveWindow incoming, Reassembly assembly, StreamTable streams,
		Aliases mine, Aliases theirs, SessionRecords ledger) {

	/**
	 * The state of a peer that has sent and received nothing.
	 * @param server whether this side has accepted the socket
	 * @param local what this side accepts
	 */
	public static PeerState of(boolean server, Limits local) {
		SessionRecords ledger = new SessionRecords();
		StreamTable streams = new StreamTable(server, local.streams(), ledger);
		Limits remote = server ? Limits.CLIENT : Limits.SERVER;
		return new PeerState(new SendQueue(local, remote, ledger, streams::isRemote, streams::callers),
				new ReceiveWindow(local.window()), new Reassembly(local), streams, new Aliases(), new Aliases(),
				ledger);
	}

	/** Start anew. */
	public void clear() {
		this.outgoing.clear();
		this.incoming.reset();
		this.assembly.clear();
		this.mine.clear();
		this.theirs.clear();
		this.streams.clear();
	}

}
