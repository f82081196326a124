package io.agentsocket.session;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.session.AgentSessionListener.DetachReason;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.AgentSessionListener.OpenReason;
import io.agentsocket.session.AgentSessionListener.ResetReason;
import io.agentsocket.session.AgentSessionListener.ResumePlace;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * Tells listeners of the life of one session, in order and on an executor. The methods
 * are called in the loop of the session and return at once.
 */
@Internal
public final class SessionNotices {

	private static final Log logger = PrintableLog.of(SessionNotices.class);

	/**
	 * Notices that wait for a slow listener: an agent can make some with each connection.
	 */
	private static final int MAX_WAITING = 256;

	private static final int NORMAL = 1000;

	private static final int GOING_AWAY = 1001;

	private static final int NO_STATUS = 1005;

	private static final int BROKEN = 1006;

	/** Frames that WebSocket does not allow: malformed, no UTF-8, too long. */
	private static final Set<Integer> BAD_FRAMES = Set.of(1002, 1007, 1009);

	private final List<AgentSessionListener> listeners;

	private final AgentSession session;

	private final Executor executor;

	/** Takes no room in a session that nobody listens to. */
	private final Queue<Consumer<AgentSessionListener>> waiting = new ArrayDeque<>(0);

	private boolean running;

	/** A turn is asked for and has not begun. */
	private boolean asked;

	private boolean dropping;

	/** Confined to the loop of the session. */
	private boolean attached;

	/** The session was opened, here or elsewhere; confined to its loop. */
	private boolean begun;

	/** Confined to the loop of the session. */
	private boolean ended;

	private volatile @Nullable DetachReason lastDetach;

	/**
	 * Create the notices of a session.
	 * @param listeners told in this order
	 * @param session the session
	 * @param executor calls the listeners
	 */
	public SessionNotices(List<AgentSessionListener> listeners, AgentSession session, Executor executor) {
		this.listeners = listeners;
		this.session = session;
		this.executor = executor;
	}

	/**
	 * A session begins with a connection.
	 * @param reason why a new session begins
	 */
	public void opened(OpenReason reason) {
		this.ended = false;
		attached((listener) -> listener.opened(this.session, reason));
	}

	/**
	 * A session goes on with a connection.
	 * @param place where it was before
	 */
	public void resumed(ResumePlace place) {
		attached((listener) -> listener.resumed(this.session, place));
	}

	/**
	 * A session is reset and has a connection.
	 * @param reason why it could not be resumed
	 */
	public void reset(ResetReason reason) {
		attached((listener) -> listener.reset(this.session, reason));
	}

	/**
	 * The session was opened by another process: its end is told although no connection
	 * may come here.
	 */
	public void begun() {
		this.begun = true;
	}

	private void attached(Consumer<AgentSessionListener> notice) {
		this.begun = true;
		if (this.attached) {
			detached(DetachReason.SUPERSEDED, CloseCode.SUPERSEDED.code());
		}
		this.attached = true;
		tell(notice, false);
		tell((listener) -> listener.attached(this.session), false);
	}

	/**
	 * The connection is gone.
	 * @param closeCode its close code
	 */
	public void detached(int closeCode) {
		detached(reason(closeCode), closeCode);
	}

	/**
	 * The other side has closed the connection.
	 * @param closeCode the code that it has chosen
	 * @param asked whether this side has asked it to go
	 */
	public void left(int closeCode, boolean asked) {
		DetachReason reason = reason(closeCode);
		boolean drained = asked && reason == DetachReason.DRAINED;
		// Its other codes tell how this side looked to it.
		detached((drained || reason == DetachReason.PROTOCOL_ERROR) ? reason : DetachReason.CLOSED_BY_OTHER_SIDE,
				closeCode);
	}

	/**
	 * The server has closed the connection of a client.
	 * @param closeCode the code that it has chosen
	 */
	public void leftByServer(int closeCode) {
		DetachReason reason = reason(closeCode);
		// Nobody but this client was silent, or slow.
		boolean own = reason == DetachReason.SILENT || reason == DetachReason.SLOW_CONSUMER;
		detached(own ? DetachReason.CLOSED_BY_OTHER_SIDE : reason, closeCode);
	}

	/**
	 * The connection is gone.
	 * @param reason why
	 * @param closeCode its close code
	 */
	public void detached(DetachReason reason, int closeCode) {
		if (this.attached) {
			this.attached = false;
			this.lastDetach = reason;
			tell((listener) -> listener.detached(this.session, reason, closeCode), false);
		}
	}

	/**
	 * The session has ended. Nobody is told of a session that was never opened.
	 * @param reason why
	 * @param closeCode close code of its connection, if there is one
	 */
	public void ended(EndReason reason, int closeCode) {
		if (!this.ended) {
			this.ended = true;
			detached(DetachReason.SESSION_ENDED, closeCode);
			if (this.begun) {
				tell((listener) -> listener.ended(this.session, reason), true);
			}
		}
	}

	/**
	 * Why the latest connection that is gone is gone.
	 * @return the reason, or {@code null} when this process has lost none; from any
	 * thread
	 */
	public @Nullable DetachReason lastDetach() {
		return this.lastDetach;
	}

	private static DetachReason reason(int closeCode) {
		if (closeCode == BROKEN) {
			return DetachReason.CONNECTION_LOST;
		}
		if (closeCode == NORMAL || closeCode == GOING_AWAY || closeCode == NO_STATUS) {
			return DetachReason.CLOSED_BY_OTHER_SIDE;
		}
		if (BAD_FRAMES.contains(closeCode)) {
			return DetachReason.PROTOCOL_ERROR;
		}
		for (CloseCode code : CloseCode.values()) {
			if (code.code() == closeCode) {
				return switch (code) {
					case DRAIN -> DetachReason.DRAINED;
					case KEEPALIVE, HELLO_TIMEOUT -> DetachReason.SILENT;
					case SLOW_CONSUMER -> DetachReason.SLOW_CONSUMER;
					case SUPERSEDED -> DetachReason.SUPERSEDED;
					case STORE_UNAVAILABLE -> DetachReason.STORE_UNAVAILABLE;
					case SESSION_ENDED -> DetachReason.SESSION_ENDED;
					case SEQUENCE, PROTOCOL, TOO_LARGE, VERSION, RATE -> DetachReason.PROTOCOL_ERROR;
					case UNAUTHENTICATED, FORBIDDEN -> DetachReason.UNAUTHENTICATED;
					case INTERNAL, OVERLOADED -> DetachReason.OTHER;
				};
			}
		}
		return DetachReason.OTHER;
	}

	private void tell(Consumer<AgentSessionListener> notice, boolean always) {
		if (this.listeners.isEmpty()) {
			return;
		}
		synchronized (this.waiting) {
			if (!always && this.waiting.size() >= MAX_WAITING) {
				if (!this.dropping) {
					this.dropping = true;
					logger.warn("A listener of session " + this.session.id()
							+ " is slower than the session; further notices are dropped until it has caught up");
				}
				return;
			}
			this.waiting.add(notice);
			if (this.running) {
				return;
			}
			this.running = true;
			this.asked = true;
		}
		try {
			this.executor.execute(this::run);
		}
		catch (RejectedExecutionException | Error ex) {
			// It is full or has no thread, or was stopped before the connections are
			// drained.
			runElsewhere();
		}
	}

	private void runElsewhere() {
		try {
			Schedulers.boundedElastic().schedule(this::run);
		}
		catch (RejectedExecutionException | Error ex) {
			synchronized (this.waiting) {
				this.running = false;
				this.asked = false;
				this.waiting.clear();
			}
			logger.warn("The listeners of session " + this.session.id() + " are not told: no executor takes work");
		}
	}

	/**
	 * An executor that fails may have queued this all the same, and runs it late: nobody
	 * has asked for it then.
	 */
	private void run() {
		synchronized (this.waiting) {
			if (!this.asked) {
				return;
			}
			this.asked = false;
		}
		while (true) {
			Consumer<AgentSessionListener> notice;
			synchronized (this.waiting) {
				notice = this.waiting.poll();
				if (notice == null) {
					this.running = false;
					this.dropping = false;
					return;
				}
			}
			this.listeners.forEach((listener) -> call(listener, notice));
		}
	}

	private void call(AgentSessionListener listener, Consumer<AgentSessionListener> notice) {
		try {
			notice.accept(listener);
		}
		catch (Throwable ex) {
			logger.warn("A listener of session " + this.session.id() + " failed", ex);
		}
	}

}
