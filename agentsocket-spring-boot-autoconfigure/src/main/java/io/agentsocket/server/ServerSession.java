package io.agentsocket.server;

import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

import io.agentsocket.action.ActionChange;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerListener;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.server.SessionTimers.Kind;
import io.agentsocket.server.bounds.SessionBounds;
import io.agentsocket.session.AgentSessionListener.DetachReason;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.SessionEventSink;
import io.agentsocket.session.SessionNotices;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.StoredAgentSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.log.LogMessage;

/**
 * A session that this process serves: its peer, and the timers that end its connection or
 * the session itself. Everything but the accessors runs in the peer's loop.
 */
final class ServerSession implements PeerListener, HostedSession {

	private static final Log logger = PrintableLog.of(ServerSession.class);

	private static final SeldomWarning NOT_RENEWED = new SeldomWarning(logger);

	private static final int NORMAL = 1000;

	/** How long a peer stays that has nothing to do for its session. */
	private static final Duration LINGER = Duration.ofSeconds(10);

	private final ServerResources resources;

	private final SessionPlace place;

	private volatile SessionState state;

	private @Nullable Peer peer;

	private @Nullable StoredAgentSession session;

	private final Subscriptions subscriptions = new Subscriptions();

	private @Nullable SessionActions actions;

	private final SessionActionsSync actionsSync = new SessionActionsSync(this);

	private @Nullable SessionEventSink events;

	private @Nullable SessionNotices notices;

	private @Nullable SessionBounds bounds;

	private final SessionTimers timers;

	private final DetachedSession detached;

	private final SessionAges ages;

	private final SessionCredential credential;

	private final String owner;

	private volatile boolean follower;

	private volatile boolean retained;

	private final Queue<ActionChange> changes = new ConcurrentLinkedQueue<>();

	/** Whether the agent has acknowledged anything. */
	private volatile boolean confirmed;

	private volatile boolean ended;

	/**
	 * Create a session.
	 * @param places gives the session its place in this process
	 */
	ServerSession(ServerResources resources, Function<ServerSession, SessionPlace> places, SessionState state,
			String owner) {
		this.resources = resources;
		this.place = places.apply(this);
		this.state = state;
		this.owner = owner;
		this.timers = new SessionTimers(resources.timer(), (task) -> peer().execute(task));
		this.credential = new SessionCredential(this, resources, this.timers);
		this.detached = new DetachedSession(resources, this.place, this, this.timers, this::notKept);
		this.ages = new SessionAges(this, resources, this.timers, this.place, this::notKept);
	}

	/** The credential that the agent has shown. */
	SessionCredential credential() {
		return this.credential;
	}

	@Override
	public String owner() {
		return this.owner;
	}

	/** Begin as one that another peer owns the session of. */
	void follow(Limits remote) {
		// At once, and not when the loop comes to it: who has the session may end it now.
		this.follower = true;
		peer().otherPods().follow(remote);
	}

	@Override
	public boolean isFollower() {
		return this.follower;
	}

	void init(Peer created, StoredAgentSession agentSession, SessionActions visible, SessionEventSink sink,
			SessionNotices told, SessionBounds bounds) {
		this.peer = created;
		this.session = agentSession;
		this.actions = visible;
		this.events = sink;
		this.notices = told;
		this.bounds = bounds;
	}

	/** The bounds of this process for the session. */
	SessionBounds bounds() {
		return Objects.requireNonNull(this.bounds);
	}

	@Override
	public void event(String name, Bytes payload) {
		SessionEventSink sink = this.events;
		if (sink != null) {
			if (bounds().mayTake(payload.length())) {
				sink.event(name, payload);
			}
			else {
				sink.refused();
			}
		}
	}

	@Override
	public Peer peer() {
		return Objects.requireNonNull(this.peer);
	}

	@Override
	public StoredAgentSession session() {
		return Objects.requireNonNull(this.session);
	}

	@Override
	public Subscriptions subscriptions() {
		return this.subscriptions;
	}

	@Override
	public SessionActions actions() {
		return Objects.requireNonNull(this.actions);
	}

	/** Tells the listeners of the application; used in the loop. */
	SessionNotices notices() {
		return Objects.requireNonNull(this.notices);
	}

	/** Changes of the catalog of all sessions that the agent is still to be told. */
	Queue<ActionChange> changes() {
		return this.changes;
	}

	SessionActionsSync actionsSync() {
		return this.actionsSync;
	}

	@Override
	public SessionState state() {
		return this.state;
	}

	/** Numbers start anew. */
	void setState(SessionState current) {
		this.state = current;
	}

	@Override
	public boolean isEnded() {
		return this.ended;
	}

	/** A message of another peer of the session. */
	void receive(PodMessage message) {
		switch (message.type()) {
			case WAKE -> peer().otherPods().woken(message.from(), message.body());
			case MOVED -> peer().otherPods().moved(Long.MAX_VALUE);
			case STREAMS -> peer().otherPods().reconcileStreams(message.body());
			case FRAMES -> peer().otherPods().framesFromOwner(message.from(), message.body());
			case TAKEN -> peer().otherPods().taken(message.body());
			case ENDED -> ended(message);
			case COMMAND, MAIL -> {
				// Not for a session.
			}
		}
	}

	/**
	 * From a follower: it is gone. From the owner, with a body: it has given up what runs
	 * here. Model: calls.pml, step given-up.
	 */
	private void ended(PodMessage message) {
		if (!this.follower) {
			peer().otherPods().runnerGone(message.from());
		}
		else if (!message.body().isEmpty()) {
			peer().end(CloseCode.SESSION_ENDED.code(),
					new ActionException(ErrorCode.LOST, "The session goes on without this pod").mayHaveRun());
			peer().execute(this::close);
		}
	}

	/** The session has ended, or goes on without the calls that run here. */
	void abandoned() {
		peer().end(CloseCode.SESSION_ENDED.code(),
				new ActionException(ErrorCode.CANCELLED, "The session goes on without this pod"));
		peer().execute(this::close);
	}

	/** Give a session up, so that it can be taken over. */
	void release() {
		release(CloseCode.DRAIN);
	}

	void release(CloseCode code) {
		if (this.follower) {
			abandoned();
			return;
		}
		peer().execute(() -> {
			this.follower = true;
			cancelTimers();
			notices().detached(code.code());
			this.place.moved();
			peer().release(code.code(),
					new ActionException(ErrorCode.CANCELLED, "The session goes on without this pod"));
			close();
		});
	}

	@Override
	public CloseCode fenced(long epoch) {
		this.follower = true;
		cancelTimers();
		bounds().leave();
		session().connected(false);
		notices().detached(DetachReason.MOVED, CloseCode.SUPERSEDED.code());
		// Rights of before say nothing of the calls to come.
		String name = this.state.principal();
		session().identify((name != null) ? () -> name : null);
		this.place.moved();
		logger.debug(LogMessage.format("Session %s is fenced at epoch %s, it has %s", this.state.id(),
				this.state.epoch(), epoch));
		// With an epoch that is not newer the store has lost something: coming back is
		// worth a try.
		return (epoch > this.state.epoch()) ? CloseCode.SUPERSEDED : CloseCode.SEQUENCE;
	}

	@Override
	public void finished() {
		if (!this.ended && !this.timers.isRunning(Kind.LINGER)) {
			this.timers.start(Kind.LINGER, LINGER, () -> {
				if (peer().isEnded() || (peer().ownership().isDone() && !this.retained && !actions().hasLocal())) {
					close();
				}
			});
		}
	}

	/** Stay as long as the session lives: somebody has the catalog of its actions. */
	void retain() {
		this.retained = true;
	}

	/** Let go of a session that others own. */
	void close() {
		if (!this.ended) {
			ended();
			this.place.closed();
			peer().ownership().retire();
		}
	}

	/**
	 * Emits this session in its loop, and lets it stay for a while; empty when it has
	 * gone.
	 */
	Mono<ServerSession> inUse() {
		return Mono.create((sink) -> peer().execute(() -> {
			if (this.ended) {
				sink.success();
			}
			else {
				// The end of this turn starts it anew.
				this.timers.cancel(Kind.LINGER);
				sink.success(this);
			}
		}));
	}

	@Override
	public void uncertain(Set<String> keys) {
		this.actionsSync.repeat(keys);
	}

	@Override
	public void announced(String runner, String name, Bytes descriptor) {
		this.actionsSync.announced(runner, name, descriptor);
	}

	@Override
	public void runnerGone(String runner) {
		actions().runnerGone(runner, PodMessage.podOf(runner));
	}

	@Override
	public void endRequested() {
		run(this.place.end(CloseCode.SESSION_ENDED.code(), EndReason.BY_APPLICATION));
	}

	/** A connection is attached. */
	void attached(SessionState current) {
		this.state = current;
		cancelTimers();
		session().connected(true);
		this.ages.attached(current);
		logger.debug(LogMessage.format("Session %s is attached, epoch %s", current.id(), current.epoch()));
	}

	private void notKept(Throwable error) {
		if (error instanceof FencedException fenced) {
			peer().otherPods().moved(fenced.epoch());
		}
		else {
			NOT_RENEWED.warn("Session " + this.state.id() + " could not be renewed", error);
		}
	}

	/** Ask the client to move, and close in the end. */
	void goAway() {
		this.ages.goAway();
	}

	@Override
	public Duration timeToLive() {
		ServerSettings settings = this.resources.settings();
		boolean confirmed = this.confirmed || peer().position().received() > 0;
		return (confirmed || settings.unconfirmedTimeout().compareTo(settings.idleTimeout()) > 0)
				? settings.idleTimeout() : settings.unconfirmedTimeout();
	}

	@Override
	public void detached(int closeCode) {
		detached(() -> notices().detached(closeCode));
	}

	@Override
	public void left(int closeCode) {
		detached(() -> notices().left(closeCode, this.ages.isAskedToGo()));
	}

	private void detached(Runnable notice) {
		cancelTimers();
		session().connected(false);
		notice.run();
		if (this.ended || this.follower) {
			return;
		}
		this.detached.begin();
	}

	@Override
	public void goAway(Frame.GoAway frame) {
		if (frame.code() != 0) {
			throw new ProtocolException(CloseCode.PROTOCOL, "The code of a client's GOAWAY is 0");
		}
		run(this.place.leave(NORMAL));
	}

	/** The agent has its new token. Model: handshake.pml, step confirm. */
	@Override
	public void onFirstAck() {
		this.confirmed = true;
		run(this.resources.store().invalidatePreviousToken(this.state.id(), this.state.epoch()));
	}

	void ended() {
		this.ended = true;
		cancelTimers();
		bounds().close();
		this.timers.cancel(Kind.LINGER);
		if (this.events != null) {
			this.events.close();
		}
	}

	private void cancelTimers() {
		this.credential.gone();
		this.timers.cancel(Kind.RENEWAL, Kind.SESSION_AGE, Kind.CONNECTION_AGE, Kind.EXPIRY);
	}

	void run(Mono<Void> work) {
		StoreWork.run(this.state.id(), work);
	}

}
