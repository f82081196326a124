package io.agentsocket.connection.takeover;

import io.agentsocket.connection.sequence.Aliases;
import io.agentsocket.connection.sequence.Reassembly;
import io.agentsocket.connection.sequence.ReceiveWindow;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.protocol.Limits;

/**
 * The state of one side of a session in the protocol. Confined to the peer's loop.
 *
 * @param sendQueue frames on their way out
 * @param receiveWindow counts the frames that arrive
 * @param reassembly payloads that arrive in parts
 * @param streams open streams
 * @param ownAliases aliases that this side has defined
 * @param theirAliases aliases that the other side has defined
 * @param records records all of this for later owners
 */
public record PeerState(SendQueue sendQueue, ReceiveWindow receiveWindow, Reassembly reassembly, StreamTable streams,
		Aliases ownAliases, Aliases theirAliases, SessionRecords records) {

	/**
	 * The state of a peer that has sent and received nothing.
	 * @param server whether this side has accepted the socket
	 * @param local limits of this side
	 */
	public static PeerState of(boolean server, Limits local) {
		SessionRecords records = new SessionRecords();
		StreamTable streams = new StreamTable(server, local.streams(), records);
		Limits remote = server ? Limits.CLIENT : Limits.SERVER;
		return new PeerState(new SendQueue(local, remote, records, streams::isRemote, streams::callers),
				new ReceiveWindow(local.window()), new Reassembly(local), streams, new Aliases(), new Aliases(),
				records);
	}

	/** Starts anew, as after a reset. */
	public void clear() {
		this.sendQueue.clear();
		this.receiveWindow.reset();
		this.reassembly.clear();
		this.ownAliases.clear();
		this.theirAliases.clear();
		this.streams.clear();
	}

}
