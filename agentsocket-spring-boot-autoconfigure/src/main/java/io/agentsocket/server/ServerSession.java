package io.agentsocket.server;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerListener;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.session.EventSink;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.StoredAgentSession;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * A session that this process serves: its peer, and the timers that end its connection or
 * the session itself. Everything but the accessors runs in the peer's loop.
 */
final class ServerSession implements PeerListener {

	private static final Log logger = LogFactory.getLog(ServerSession.class);

	private static final int NORMAL = 1000;

	private final AgentSocketServer server;

	private volatile SessionState state;

	private @Nullable Peer peer;

	private @Nullable StoredAgentSession session;

	private final Subscriptions subscriptions = new Subscriptions();

	private @Nullable SessionActions actions;

	private @Nullable EventSink events;

	private @Nullable Disposable ageTimer;

	private @Nullable Disposable expiryTimer;

	private boolean ended;

	ServerSession(AgentSocketServer server, SessionState state) {
		this.server = server;
		this.state = state;
	}

	void init(Peer created, StoredAgentSession agentSession, SessionActions visible, EventSink sink) {
		this.peer = created;
		this.session = agentSession;
		this.actions = visible;
		this.events = sink;
	}

	@Override
	public void event(String name, Bytes payload) {
		EventSink sink = this.events;
		if (sink != null) {
			sink.event(name, payload);
		}
	}

	Peer peer() {
		Peer present = this.peer;
		if (present == null) {
			throw new IllegalStateException("Not initialized");
		}
		return present;
	}

	StoredAgentSession session() {
		StoredAgentSession present = this.session;
		if (present == null) {
			throw new IllegalStateException("Not initialized");
		}
		return present;
	}

	Subscriptions subscriptions() {
		return this.subscriptions;
	}

	SessionActions actions() {
		SessionActions present = this.actions;
		if (present == null) {
			throw new IllegalStateException("Not initialized");
		}
		return present;
	}

	SessionState state() {
		return this.state;
	}

	boolean isEnded() {
		return this.ended;
	}

	/** Numbers start anew. */
	void newLog(SessionState current) {
		this.state = current;
		run(this.server.store().newLog(current.id(), current.log()));
	}

	/** A connection is attached. */
	void attached(SessionState current) {
		this.state = current;
		cancelTimers();
		session().connected(true);
		long age = this.server.settings().maxConnectionAge().toMillis();
		long jitter = ThreadLocalRandom.current().nextLong(-age / 10, age / 10 + 1);
		this.ageTimer = after(Duration.ofMillis(age + jitter), this::goAway);
		if (logger.isDebugEnabled()) {
			logger.debug("Session " + current.id() + " is attached, epoch " + current.epoch());
		}
	}

	/** Ask the client to move, and close in the end. */
	void goAway() {
		Duration drain = this.server.settings().drainTimeout();
		peer().goAway(new Frame.GoAway(CloseCode.DRAIN.code(), drain.toMillis(),
				this.server.settings().drainSpread().toMillis(), ""));
		if (this.ageTimer != null) {
			this.ageTimer.dispose();
		}
		this.ageTimer = after(drain, () -> peer().close(CloseCode.DRAIN, "Drained"));
	}

	@Override
	public void detached(int closeCode) {
		cancelTimers();
		session().connected(false);
		if (this.ended) {
			return;
		}
		Duration ttl = this.server.settings().detachedTtl();
		run(this.server.store().detach(this.state.id(), this.state.epoch(), ttl));
		this.expiryTimer = after(ttl, () -> run(this.server.end(this, CloseCode.SESSION_ENDED.code())));
	}

	@Override
	public void goAway(Frame.GoAway frame) {
		if (frame.code() != 0) {
			throw new ProtocolException(CloseCode.PROTOCOL, "The code of a client's GOAWAY is 0");
		}
		run(this.server.end(this, NORMAL));
	}

	@Override
	public void confirmed() {
		run(this.server.store().confirm(this.state.id(), this.state.epoch()));
	}

	void ended() {
		this.ended = true;
		cancelTimers();
		if (this.events != null) {
			this.events.close();
		}
	}

	private void cancelTimers() {
		if (this.ageTimer != null) {
			this.ageTimer.dispose();
			this.ageTimer = null;
		}
		if (this.expiryTimer != null) {
			this.expiryTimer.dispose();
			this.expiryTimer = null;
		}
	}

	private Disposable after(Duration delay, Runnable task) {
		return this.server.timer().schedule(() -> peer().execute(task), delay.toMillis(), TimeUnit.MILLISECONDS);
	}

	void run(Mono<Void> work) {
		work.subscribe(null, (error) -> logger.error("The store failed for session " + this.state.id(), error));
	}

}
