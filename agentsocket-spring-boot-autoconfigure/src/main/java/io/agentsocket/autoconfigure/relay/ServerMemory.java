package io.agentsocket.autoconfigure.relay;

import io.agentsocket.relay.answer.IncomingPush;
import io.agentsocket.relay.answer.RelayMemory;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.bounds.IncomingBytes;

import org.springframework.beans.factory.ObjectProvider;

/**
 * The memory of the server, for what comes from functions. The server is looked up when
 * it is needed: its catalog has the actions of the relay.
 */
final class ServerMemory implements RelayMemory {

	private final ObjectProvider<AgentSocketServer> server;

	ServerMemory(ObjectProvider<AgentSocketServer> server) {
		this.server = server;
	}

	@Override
	public IncomingPush begin() {
		AgentSocketServer present = this.server.getIfAvailable();
		return (present != null) ? counted(present.directCalls().incoming()) : IncomingPush.UNCOUNTED;
	}

	@Override
	public IncomingPush beginAnswer() {
		AgentSocketServer present = this.server.getIfAvailable();
		return (present != null) ? counted(present.directCalls().incomingResult()) : IncomingPush.UNCOUNTED;
	}

	private static IncomingPush counted(IncomingBytes bytes) {
		return new IncomingPush() {

			@Override
			public boolean take(int more) {
				return bytes.take(more);
			}

			@Override
			public void give(int less) {
				bytes.give(less);
			}

			@Override
			public void close() {
				bytes.close();
			}

		};
	}

}
