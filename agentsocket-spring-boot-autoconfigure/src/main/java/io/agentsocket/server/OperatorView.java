package io.agentsocket.server;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.session.SessionStore;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A server as its operators see it: its present work, session by session, and the little
 * that they may do about it. Thread-safe.
 */
@Internal
public final class OperatorView {

	private final ServerResources resources;

	private final PodPeers pod;

	private final LocalSessions sessions;

	private final PodCommands commands;

	OperatorView(ServerResources resources, PodPeers pod, LocalSessions sessions, PodCommands commands) {
		this.resources = resources;
		this.pod = pod;
		this.sessions = sessions;
		this.commands = commands;
	}

	/**
	 * The work of the server at this moment.
	 * @return a snapshot
	 */
	public ServerLoad load() {
		return ServerLoad.of(this.sessions.served());
	}

	/**
	 * Published events that were not sent to a subscriber of this process, since it takes
	 * none so large or reads nothing.
	 * @return the number since the start
	 */
	public long unsentEvents() {
		return this.commands.unsent();
	}

	/**
	 * The sessions of this process, those first whose windows have less than a tenth
	 * left, then those that hold most memory.
	 * @return a snapshot
	 */
	public List<SessionReport> sessions() {
		return this.sessions.served()
			.stream()
			.map(SessionReport::of)
			.sorted(Comparator.comparing(OperatorView::isFull)
				.thenComparing(SessionReport::memory)
				.reversed()
				.thenComparing(SessionReport::id))
			.toList();
	}

	/** As {@link ServerLoad#full()} counts. */
	private static boolean isFull(SessionReport session) {
		return session.unacknowledged() > session.window() - session.window() / 10;
	}

	/**
	 * A session of this process.
	 * @param id its id
	 * @return the session, or {@code null} when it is not served here
	 */
	public @Nullable SessionReport session(String id) {
		ServerSession session = this.sessions.find(id);
		return (session != null) ? SessionReport.of(session) : null;
	}

	/**
	 * The open invocations of this process in both directions, the oldest ones first;
	 * those of sessions that have moved to another pod meanwhile included.
	 * @return a snapshot
	 */
	public List<StreamReport> streams() {
		return this.pod.peers()
			.stream()
			.flatMap(StreamReport::of)
			.sorted(Comparator.comparing(StreamReport::millis).reversed())
			.toList();
	}

	/**
	 * Close the connection of a session: its agent connects anew.
	 * @param id id of the session
	 */
	public void disconnect(String id) {
		ServerSession session = this.sessions.find(id);
		if (session != null) {
			session.peer().close(CloseCode.DRAIN, "Disconnected by an operator");
		}
	}

	/**
	 * Ask the session store for something.
	 * @param timeout how long it may take
	 * @return completes when it answers, fails when it does not
	 */
	public Mono<Void> checkStore(Duration timeout) {
		SessionStore store = this.resources.store();
		return store.isShared() ? store.owner("health").then().timeout(timeout, this.resources.timer()) : Mono.empty();
	}

}
