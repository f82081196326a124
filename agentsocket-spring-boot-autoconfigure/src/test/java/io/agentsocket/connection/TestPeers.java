package io.agentsocket.connection;

import java.time.Duration;
import java.util.List;

import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionView;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.connection.takeover.PeerStorage;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;
import reactor.core.scheduler.Scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Makes peers, and looks into them where only a look inside tells.
 */
final class TestPeers {

	static final Duration KEEP_ALIVE = Duration.ofSeconds(25);

	private static final AgentSession SESSION = session();

	private TestPeers() {
	}

	private static AgentSession session() {
		AgentSession session = mock(AgentSession.class);
		given(session.id()).willReturn("test");
		return session;
	}

	static Peer create(Role role, Codec codec, Limits limits, ActionView actions, PeerListener listener,
			Scheduler timer, ErrorResolver... resolvers) {
		return new Peer(
				settings(role, codec, limits, actions, listener, timer).errorResolvers(List.of(resolvers)).build());
	}

	static Peer create(Role role, Codec codec, Limits limits, ActionView actions, PeerListener listener,
			Scheduler timer, List<ActionInterceptor> interceptors) {
		return new Peer(settings(role, codec, limits, actions, listener, timer).interceptors(interceptors).build());
	}

	static Peer create(Role role, Codec codec, Limits limits, ActionView actions, PeerListener listener,
			Scheduler timer, PeerStorage storage) {
		return new Peer(settings(role, codec, limits, actions, listener, timer).storage(storage).build());
	}

	private static PeerSettings.Builder settings(Role role, Codec codec, Limits limits, ActionView actions,
			PeerListener listener, Scheduler timer) {
		return PeerSettings.builder(role, codec, SESSION)
			.limits(limits)
			.actions(actions)
			.listener(listener)
			.timer(timer);
	}

	/** Nothing of an invocation is left in a peer. */
	static void assertClean(Peer peer) {
		StreamTable streams = peer.core.state.streams();
		assertThat(streams.open()).as("open streams").isEmpty();
		assertThat(streams.isEmpty()).as("no waiting or half-opened streams").isTrue();
		SendQueue outgoing = peer.core.state.sendQueue();
		assertThat(outgoing.isEmpty()).as("empty send queue").isTrue();
		assertThat(outgoing.queued()).as("queued bytes").isZero();
		assertThat(peer.core.calls.pausedProducers()).as("producers that wait for room").isZero();
		assertThat(backlog(peer)).as("bytes of items that nobody took").isZero();
		assertThat(assembled(peer)).as("bytes of unfinished items").isZero();
		assertThat(peer.core.link.replaying()).as("replay").isZero();
	}

	static long queued(Peer peer) {
		return peer.core.state.sendQueue().queued();
	}

	/** Bytes that a peer holds in all. */
	static long held(Peer peer) {
		return peer.core.streamContext.holdings().bytes();
	}

	static int unacknowledged(Peer peer) {
		return peer.core.state.sendQueue().log().bytes();
	}

	/** Bytes of items that nobody took. */
	static int backlog(Peer peer) {
		return peer.core.streamContext.holdings().items();
	}

	static int assembled(Peer peer) {
		return peer.core.state.reassembly().bytes();
	}

	static int openStreams(Peer peer) {
		return peer.core.state.streams().open().size();
	}

	static int halfOpened(Peer peer) {
		return peer.core.state.streams().halfOpened();
	}

}
