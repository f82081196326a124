package io.agentsocket.autoconfigure.relay;

import java.util.function.Consumer;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.push.PodChannel;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.PodMail;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;

/**
 * Connects the relays of pods through their servers. The server is looked up when it is
 * needed: its catalog has the actions of the relay.
 */
final class ServerChannel implements PodChannel {

	private final ObjectProvider<AgentSocketServer> server;

	ServerChannel(ObjectProvider<AgentSocketServer> server) {
		this.server = server;
	}

	private PodMail mail() {
		return this.server.getObject().mail();
	}

	@Override
	public String pod() {
		return mail().pod();
	}

	@Override
	public boolean isAlive(String pod) {
		return mail().isAlive(pod);
	}

	@Override
	public boolean isGone(String pod) {
		return mail().isGone(pod);
	}

	@Override
	public Mono<Void> send(String pod, Bytes message) {
		return Mono.defer(() -> mail().send(pod, PodMail.Part.RELAY, message));
	}

	@Override
	public void onMessage(Consumer<Bytes> receiver) {
		mail().onMessage(PodMail.Part.RELAY, (from, message) -> receiver.accept(message));
	}

}
