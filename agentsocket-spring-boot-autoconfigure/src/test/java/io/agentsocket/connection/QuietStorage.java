package io.agentsocket.connection;

import io.agentsocket.connection.takeover.PeerStorage;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.PodMessage;
import reactor.core.publisher.Mono;

/**
 * A strict storage in which all is durable at once, that nobody else writes to.
 */
class QuietStorage implements PeerStorage {

	@Override
	public String owner() {
		return "pod/1";
	}

	@Override
	public boolean isStrict() {
		return true;
	}

	@Override
	public Mono<Void> commit(Commit commit) {
		return Mono.empty();
	}

	@Override
	public Mono<Inbox> pull(long read) {
		return Mono.never();
	}

	@Override
	public Mono<Void> push(Bytes message, Bytes wake) {
		return Mono.empty();
	}

	@Override
	public Mono<Void> wake(Bytes wake) {
		return Mono.empty();
	}

	@Override
	public void send(String to, PodMessage.Type type, Bytes body) {
		// Nobody is there.
	}

}
