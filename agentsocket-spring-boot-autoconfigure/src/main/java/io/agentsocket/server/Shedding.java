package io.agentsocket.server;

import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.server.bounds.MemoryBudget;
import io.agentsocket.server.bounds.MemoryBudget.Stage;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.session.AgentSessionListener.EndReason;
import org.apache.commons.logging.Log;

/**
 * Ends sessions when the memory of the pod is used: those without a connection first,
 * then the others, and of each kind those that hold most. A session that other pods can
 * go on with is only given up here. Thread-safe; one run at a time, on the timer.
 */
final class Shedding {

	private static final Log logger = PrintableLog.of(Shedding.class);

	/** Time in which sessions that were told to end have let go. */
	private static final long PAUSE_MILLIS = 50;

	/** Time after which it is worth to look again although nothing could be ended. */
	private static final long REST_MILLIS = 1000;

	private final ServerResources resources;

	private final LocalSessions sessions;

	private final AtomicBoolean running = new AtomicBoolean();

	Shedding(ServerResources resources, LocalSessions sessions) {
		this.resources = resources;
		this.sessions = sessions;
	}

	/** Begin to end sessions, unless that is underway; called on any thread. */
	void start() {
		if (this.running.compareAndSet(false, true)) {
			this.resources.timer().schedule(this::run);
		}
	}

	private void run() {
		boolean ended = false;
		try {
			ended = shed();
		}
		catch (Throwable ex) {
			// No memory is left, for example: that is when the next run is needed most.
			logger.error("Sessions could not be ended for memory", ex);
		}
		finally {
			this.resources.timer().schedule(this::pause, ended ? PAUSE_MILLIS : REST_MILLIS, TimeUnit.MILLISECONDS);
		}
	}

	private void pause() {
		this.running.set(false);
		if (this.resources.bounds().memory().isIn(Stage.DETACHED)) {
			start();
		}
	}

	/** End sessions as long as that is needed, and tell whether any was ended. */
	private boolean shed() {
		MemoryBudget memory = this.resources.bounds().memory();
		// Down to where sessions are opened again.
		boolean detached = end(memory.isIn(Stage.DETACHED) ? memory.excess(Stage.SESSIONS) : 0,
				(session) -> !session.peer().isAttached(), Refusal.ENDED_DETACHED);
		// A session gives its memory back a moment later: the next run sees the rest.
		return detached || end(memory.isIn(Stage.ATTACHED) ? memory.excess(Stage.PAYLOADS) : 0,
				(session) -> session.peer().isAttached(), Refusal.ENDED_ATTACHED);
	}

	private boolean end(long excess, Predicate<ServerSession> which, Refusal reason) {
		if (excess <= 0) {
			return false;
		}
		long left = excess;
		List<Held> largest = this.sessions.served()
			.stream()
			.filter(which)
			.map((session) -> new Held(session, session.bounds().charged()))
			.sorted(Comparator.comparingLong(Held::bytes).reversed())
			.toList();
		for (Iterator<Held> next = largest.iterator(); left > 0 && next.hasNext();) {
			Held held = next.next();
			left -= held.bytes();
			this.resources.bounds().refusals().count(reason);
			end(held.session());
		}
		return !largest.isEmpty();
	}

	private void end(ServerSession session) {
		if (this.resources.store().isShared()) {
			session.release(CloseCode.OVERLOADED);
		}
		else {
			session.run(this.sessions.end(session, CloseCode.OVERLOADED.code(), EndReason.OVERLOADED));
		}
	}

	/** Bytes of a session when the run began; they change while sessions are sorted. */
	private record Held(ServerSession session, long bytes) {
	}

}
