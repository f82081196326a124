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
 * @param sendQueue what is sent
 * @param receiveWindow what was received
 * @param reassembly payloads that arrive in parts
 * @param streams open streams
 * @param ownAliases aliases that this side has defined
 * @param theirAliases aliases that the other side has defined
 * @param records what the store is told of all this
 */
public record PeerState(SendQueue sendQueue, ReceiveWindow receiveWindow, Reassembly reassembly, StreamTable streams,
		Aliases ownAliases, Aliases theirAliases, SessionRecords records) {

	/**
	 * The state of a peer that has sent and received nothing.
	 * @param server whether this side has accepted the socket
	 * @param local what this side accepts
	 */
	public static PeerState of(boolean server, Limits local) {
		SessionRecords records = new SessionRecords();
		StreamTable streams = new StreamTable(server, local.streams(), records);
		Limits remote = server ? Limits.CLIENT : Limits.SERVER;
		return new PeerState(new SendQueue(local, remote, records, streams::isRemote, streams::callers),
				new ReceiveWindow(local.window()), new Reassembly(local), streams, new Aliases(), new Aliases(),
				records);
	}

	/** Start anew. */
	public void clear() {
		this.sendQueue.clear();
		this.receiveWindow.reset();
		this.reassembly.clear();
		this.ownAliases.clear();
		this.theirAliases.clear();
		this.streams.clear();
	}

}
