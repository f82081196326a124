package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Software;
import io.agentsocket.codec.Welcome;
import io.agentsocket.connection.Attachment;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.Position;
import io.agentsocket.connection.takeover.Ownership;
import io.agentsocket.connection.takeover.RecordKey;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.protocol.Varint;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.AgentSessionListener.OpenReason;
import io.agentsocket.session.AgentSessionListener.ResetReason;
import io.agentsocket.session.AgentSessionListener.ResumePlace;
import io.agentsocket.session.Claim;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore.ClaimRequest;
import io.agentsocket.session.StoredSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Answers HELLO: opens a session, goes on with one of this process, or takes over one of
 * another pod, and attaches the socket to it. Thread-safe. Implements the server's half
 * of sections 6 and 11 of {@code docs/protocol.md}.
 */
final class Handshake {

	private final ServerResources resources;

	private final PodPeers pod;

	private final LocalSessions sessions;

	private final SessionFactory factory;

	private final Software software;

	private final Entrance entrance;

	private final IntSupplier connections;

	/**
	 * Create a handshake.
	 * @param connections how many sockets are open
	 */
	Handshake(ServerResources resources, PodPeers pod, LocalSessions sessions, SessionFactory factory,
			Software software, IntSupplier connections) {
		this.resources = resources;
		this.pod = pod;
		this.sessions = sessions;
		this.factory = factory;
		this.software = software;
		this.entrance = new Entrance(resources.bounds(), sessions);
		this.connections = connections;
	}

	/**
	 * Answer HELLO. Model: handshake.pml, step hello.
	 * @param connection where it came from
	 * @param hello the decoded HELLO
	 * @param principal the principal of the agent, or {@code null} for an anonymous one
	 * @return the session that the connection is attached to
	 */
	Mono<ServerSession> open(HelloConnection connection, Hello hello, @Nullable Principal principal) {
		Hello.Resume resume = hello.resume();
		if (resume == null) {
			return Mono.defer(() -> create(connection, hello, principal, Welcome.Status.NEW));
		}
		String token = Secrets.token();
		ServerSession known = this.sessions.find(resume.session());
		String candidate = this.pod.newOwner();
		ClaimRequest request = new ClaimRequest(Secrets.hash(resume.token()), Secrets.hash(token), name(principal),
				resume.attempt());
		String owner = (known != null) ? known.owner() : "";
		return StoreWork.ofHello(
				() -> this.resources.store().claim(resume.session(), request, owner, candidate, this.resources.ttl()))
			.flatMap((claim) -> (known != null && claim.stored() == null)
					? goOn(known, connection, hello, principal, claim.state(), token)
					: takeOver(connection, hello, principal, claim, known, candidate, token))
			.switchIfEmpty(Mono.defer(() -> create(connection, hello, principal, Welcome.Status.RESET)));
	}

	private static @Nullable String name(@Nullable Principal principal) {
		return (principal != null) ? principal.getName() : null;
	}

	/**
	 * Open another session. Model: handshake.pml, step create.
	 */
	private Mono<ServerSession> create(HelloConnection connection, Hello hello, @Nullable Principal principal,
			Welcome.Status status) {
		return Mono.using(() -> this.entrance.enter(connection, name(principal), this.connections.getAsInt()),
				(ticket) -> store(connection, hello, principal, status, ticket), Entrance.Ticket::close);
	}

	private Mono<ServerSession> store(HelloConnection connection, Hello hello, @Nullable Principal principal,
			Welcome.Status status, Entrance.Ticket ticket) {
		Software client = hello.client();
		AgentInfo agent = (client != null) ? new AgentInfo(client.name(), client.version()) : AgentInfo.UNKNOWN;
		SessionState state = new SessionState(Secrets.sessionId(), Secrets.logId(), 1, name(principal), agent,
				connection.codec().name(), Instant.now());
		String token = Secrets.token();
		String owner = this.pod.newOwner();
		return StoreWork
			.ofHello(() -> this.resources.store()
				.open(state, owner, Secrets.hash(token), this.resources.ttl())
				.then(this.resources.attributes().create(state, this.resources.ttl())))
			.then(Mono.fromSupplier(() -> {
				ServerSession created = this.factory.build(state, principal, connection.codec(), owner, Map.of(),
						ticket.use());
				ticket.serve(created);
				created.peer().execute(() -> {
					attach(created, connection, hello, state, token, status);
					created.notices()
						.opened((status == Welcome.Status.NEW) ? OpenReason.NEW : OpenReason.UNKNOWN_SESSION);
				});
				return created;
			}));
	}

	/** Why a session cannot go on with a connection, or null. */
	private @Nullable EndReason flaw(SessionState state, HelloConnection connection) {
		if (state.createdAt().plus(this.resources.settings().maxSessionAge()).isBefore(Instant.now())) {
			return EndReason.TOO_OLD;
		}
		return state.codec().equals(connection.codec().name()) ? null : EndReason.OTHER_CODEC;
	}

	/**
	 * The session is here already. Model: handshake.pml, step go-on.
	 */
	private Mono<ServerSession> goOn(ServerSession known, HelloConnection connection, Hello hello,
			@Nullable Principal principal, SessionState state, String token) {
		EndReason flaw = flaw(state, connection);
		if (flaw != null) {
			return StoreWork.ofHello(() -> this.sessions.end(known, CloseCode.SESSION_ENDED.code(), flaw))
				.then(Mono.empty());
		}
		return inLoop(known,
				(sink) -> resume(known, connection, hello, principal, state, token, true, ResumePlace.SAME_POD, sink));
	}

	/**
	 * The session was elsewhere: go on from its committed state. Model: handshake.pml,
	 * step serve.
	 */
	private Mono<ServerSession> takeOver(HelloConnection connection, Hello hello, @Nullable Principal principal,
			Claim claim, @Nullable ServerSession known, String owner, String token) {
		SessionState state = claim.state();
		StoredSession stored = claim.stored();
		if (stored == null || !this.resources.store().isShared() || flaw(state, connection) != null) {
			return StoreWork
				.ofHello(() -> (stored != null) ? this.sessions.forget(state.id(), owner, state.epoch())
						: this.sessions.forget(state.id()))
				.then(Mono.empty());
		}
		return StoreWork.ofHello(() -> this.resources.attributes().load(state.id())).flatMap((attributes) -> {
			ServerSession taken = this.factory.build(state, principal, connection.codec(), owner, attributes,
					this.resources.bounds().join(state.principal()));
			// Before anybody can find it: what a follower says counts from there on.
			taken.peer().execute(() -> {
				taken.notices().begun();
				taken.actionsSync().restore(stored.records());
				taken.peer().otherPods().restore(stored);
			});
			ServerSession lost = this.sessions.serve(taken, known);
			if (lost == taken) {
				// The later one may not know of those before this one.
				taken.peer().otherPods().tellMoved(claim.previousOwners());
				taken.release();
				return Mono.error(StoreWork.late());
			}
			if (lost != null) {
				// It did not hear yet that the session had gone to another peer before.
				lost.peer().otherPods().moved(Long.MAX_VALUE);
			}
			Bytes subscribed = stored.records().get(RecordKey.SUBSCRIPTIONS.key());
			if (subscribed != null && !subscribed.isEmpty()) {
				taken.subscriptions().restore(List.of(subscribed.toUtf8().split("\n")));
			}
			taken.peer().otherPods().tellMoved(claim.previousOwners());
			taken.peer().otherPods().sendStreamList();
			return inLoop(taken, (sink) -> resume(taken, connection, hello, principal, state, token,
					Ownership.isWhole(stored), ResumePlace.OTHER_POD, sink));
		});
	}

	/**
	 * Answer in the loop of a session, unless the connection is closed before. The loop
	 * logs a failure, which is none of the store.
	 */
	private static Mono<ServerSession> inLoop(ServerSession session, Consumer<MonoSink<ServerSession>> answer) {
		return Mono.create((sink) -> {
			AtomicBoolean closed = new AtomicBoolean();
			sink.onCancel(() -> closed.set(true));
			session.peer().execute(() -> {
				try {
					if (!closed.get()) {
						answer.accept(sink);
					}
				}
				catch (Throwable ex) {
					if (!closed.get()) {
						sink.error((ex instanceof ProtocolException) ? ex
								: new ProtocolException(CloseCode.INTERNAL, "Internal error"));
					}
					throw ex;
				}
			});
		});
	}

	/**
	 * Attach a connection, unless a later HELLO has the session. Model: handshake.pml,
	 * step attach.
	 */
	private void resume(ServerSession session, HelloConnection connection, Hello hello, @Nullable Principal principal,
			SessionState state, String token, boolean complete, ResumePlace place, MonoSink<ServerSession> sink) {
		if (session.isEnded()) {
			sink.success();
			return;
		}
		if (session.isFollower() || state.epoch() < session.state().epoch()) {
			sink.error(StoreWork.late());
			return;
		}
		new Reauthentication(session).identify(principal);
		session.bounds().attached(connection.address());
		resume(session, connection, hello, state, token, complete, place);
		sink.success(session);
	}

	private void resume(ServerSession session, HelloConnection connection, Hello hello, SessionState state,
			String token, boolean complete, ResumePlace place) {
		ResetReason lost = obstacle(session, hello, state, complete);
		if (lost == null) {
			attach(session, connection, hello, state, token, Welcome.Status.RESUMED);
			session.notices().resumed(place);
			return;
		}
		SessionState anew = new SessionState(state.id(), Secrets.logId(), state.epoch(), state.principal(),
				state.agent(), state.codec(), state.createdAt());
		session.setState(anew);
		session.peer()
			.reset(new ActionException(ErrorCode.SESSION_RESET, "The session was reset").mayHaveRun(), anew.log(),
					true);
		session.subscriptions().clear();
		attach(session, connection, hello, anew, token, Welcome.Status.RESET);
		session.notices().reset(lost);
	}

	/** Why a session cannot be resumed; null when it can. */
	private static @Nullable ResetReason obstacle(ServerSession session, Hello hello, SessionState state,
			boolean complete) {
		Hello.Resume resume = hello.resume();
		if (!complete) {
			return ResetReason.STATE_INCOMPLETE;
		}
		if (isSmaller(hello.limits(), session.peer().declared())) {
			return ResetReason.SMALLER_LIMITS;
		}
		boolean whole = resume != null && resume.log().equals(state.log())
				&& session.peer().position().canResume(new Position(resume.rx(), resume.tx(), resume.first()));
		return whole ? null : ResetReason.FRAMES_LOST;
	}

	/**
	 * Frames that were sent under larger limits could not be sent again under smaller
	 * ones.
	 */
	private static boolean isSmaller(Limits now, Limits before) {
		return now.window() < before.window() || now.message() < before.message() || now.frame() < before.frame()
				|| now.item() < before.item() || now.items() < before.items() || now.streams() < before.streams();
	}

	/**
	 * In the peer's loop: say WELCOME and begin. When that fails, as a part of the
	 * application does, there is neither a connection nor a session without an end.
	 */
	private void attach(ServerSession session, HelloConnection connection, Hello hello, SessionState state,
			String token, Welcome.Status status) {
		try {
			greet(session, connection, hello, state, token, status);
		}
		catch (Throwable ex) {
			connection.transport().close(CloseCode.INTERNAL.code(), "Internal error");
			if (!session.peer().isAttached()) {
				session.detached(CloseCode.INTERNAL.code());
			}
			throw ex;
		}
	}

	private void greet(ServerSession session, HelloConnection connection, Hello hello, SessionState state, String token,
			Welcome.Status status) {
		Peer peer = session.peer();
		long received = (status == Welcome.Status.RESUMED && hello.resume() != null) ? hello.resume().rx() : 0;
		Position position = peer.position();
		session.attached(state);
		long expires = session.credential().shown(connection);
		long keepAlive = Math.max(Welcome.MIN_KEEPALIVE, Varint.millis(this.resources.settings().keepAlive()));
		Welcome welcome = new Welcome(status, state.id(), token, state.log(), position.received(), received + 1,
				Varint.millis(this.resources.settings().idleTimeout()), keepAlive,
				Capacity.of(this.resources.settings().limits(), Limits.SERVER),
				this.resources.settings().limits().aliases(),
				new Welcome.Catalog(session.actions().hash(), session.actions().actions().size()), this.software,
				expires);
		FrameWriter writer = new FrameWriter(512);
		writer.write(new Frame.Welcome(welcome.encode(connection.codec())), true);
		peer.attach(new Attachment(connection.transport(), hello.limits(), writer.take(), received,
				Duration.ofMillis(keepAlive), connection.context(session.session().principal())));
		connection.welcomed(session);
	}

}
