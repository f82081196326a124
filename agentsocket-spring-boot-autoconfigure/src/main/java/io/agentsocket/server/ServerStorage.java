package io.agentsocket.server;

import io.agentsocket.connection.takeover.PeerStorage;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.SessionStore;
import reactor.core.publisher.Mono;

/**
 * A peer's way to the store and to the other pods.
 */
final class ServerStorage implements PeerStorage {

	private final SessionStore store;

	private final PodPeers pod;

	private final String session;

	private final String owner;

	private final boolean strict;

	ServerStorage(SessionStore store, PodPeers pod, String session, String owner, boolean strict) {
		this.store = store;
		this.pod = pod;
		this.session = session;
		this.owner = owner;
		this.strict = strict;
	}

	@Override
	public String owner() {
		return this.owner;
	}

	@Override
	public boolean isStrict() {
		return this.strict;
	}

	@Override
	public Mono<Void> commit(Commit commit) {
		return this.store.commit(this.session, this.owner, commit);
	}

	@Override
	public Mono<Inbox> pull(long read) {
		return this.store.pull(this.session, this.owner, read);
	}

	@Override
	public Mono<Void> push(Bytes message, Bytes wake) {
		return this.store.push(this.session, message)
			.switchIfEmpty(Mono.error(() -> new FencedException(0)))
			.doOnNext((present) -> wake(present, wake))
			.then();
	}

	@Override
	public Mono<Void> wake(Bytes wake) {
		return this.store.owner(this.session)
			.switchIfEmpty(Mono.error(() -> new FencedException(0)))
			.doOnNext((present) -> wake(present, wake))
			.then();
	}

	private void wake(String present, Bytes wake) {
		send(present, PodMessage.Type.WAKE, wake);
	}

	@Override
	public void send(String to, PodMessage.Type type, Bytes body) {
		this.pod.send(new PodMessage(type, this.session, to, this.owner, body));
	}

}
