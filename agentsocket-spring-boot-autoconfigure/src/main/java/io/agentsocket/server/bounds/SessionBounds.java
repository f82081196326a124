package io.agentsocket.server.bounds;

import java.time.Duration;
import java.util.function.LongSupplier;

import io.agentsocket.connection.PeerBounds;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.bounds.InvocationRates.Answer;
import io.agentsocket.server.bounds.InvocationRates.SessionRate;
import io.agentsocket.server.bounds.MemoryBudget.Stage;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of a pod as one session meets them, and its part of the used memory.
 * Confined to the loop of its peer, but for {@link #charged()}.
 */
public final class SessionBounds implements PeerBounds {

	/** A session that holds nothing: its peer, its tables, its entries in maps. */
	static final int BASE = 8 * 1024;

	/** Smaller changes are not told to the pod, which is as exact as that. */
	private static final int STEP = 4 * 1024;

	/** Arguments, parts and items beyond that size are the first to be refused. */
	static final int SMALL = 4 * 1024;

	/** Time in which calls end, and sessions that hold too much are ended. */
	private static final Duration SOON = Duration.ofSeconds(2);

	private final PodBounds pod;

	private final Tenancy tenancy;

	private final SessionRate rate;

	private final LongSupplier elsewhere;

	/** Bytes that the pod knows of. */
	private volatile long charged = BASE;

	/** Bytes that the peer held at the end of its latest turn. */
	private long held;

	/** Open invocations that the tenancy knows of. */
	private int counted;

	private boolean closed;

	/**
	 * Create the bounds of a session.
	 * @param pod the pod
	 * @param tenancy the part of the session in the bounds of its principal and address
	 * @param elsewhere bytes that are held for it outside of its peer
	 */
	public SessionBounds(PodBounds pod, Tenancy tenancy, LongSupplier elsewhere) {
		this(pod, tenancy, pod.openRate(), elsewhere);
	}

	/**
	 * Create the bounds of a session that shares its rate with others.
	 * @param pod the pod
	 * @param tenancy the part of the session in the bounds of its principal and address
	 * @param rate how many invocations a second it may begin
	 * @param elsewhere bytes that are held for it outside of its peer
	 */
	public SessionBounds(PodBounds pod, Tenancy tenancy, SessionRate rate, LongSupplier elsewhere) {
		this.pod = pod;
		this.tenancy = tenancy;
		this.rate = rate;
		this.elsewhere = elsewhere;
		pod.memory().add(BASE);
	}

	/** The agent comes from an address now. */
	public void attached(@Nullable String address) {
		if (!this.closed) {
			this.tenancy.moveTo(address);
		}
	}

	/**
	 * Bytes that count for the session, as of its latest turn; from any thread.
	 * @return about how much comes free when it ends
	 */
	public long charged() {
		return this.charged;
	}

	@Override
	public @Nullable ActionException refusal(String action, int arguments, long held, int open) {
		if (this.tenancy.othersOfPrincipal() + open >= this.pod.maxPrincipalInvocations()) {
			return refused(Refusal.PRINCIPAL_INVOCATIONS, "Too many open invocations of this principal", SOON);
		}
		if (this.tenancy.othersOfAddress() + open >= this.pod.maxAddressInvocations()) {
			return refused(Refusal.ADDRESS_INVOCATIONS, "Too many open invocations from this address", SOON);
		}
		boolean large = arguments > SMALL;
		if (held + this.elsewhere.getAsLong() + arguments > this.pod.sessionMemory()) {
			return refused(Refusal.SESSION_MEMORY, "The session holds too much", SOON);
		}
		if (this.pod.memory().isIn(large ? Stage.PAYLOADS : Stage.INVOCATIONS)) {
			return refused(Refusal.MEMORY, "The server has no room for it", SOON);
		}
		Answer answer = this.rate.begin(action);
		return (answer.reason() == null) ? null : refused(answer.reason(), "Too many invocations a second",
				// A time of 0 would say nothing.
				Duration.ofMillis(Math.max(1, Duration.ofNanos(answer.nanos()).toMillis())));
	}

	private ActionException refused(Refusal reason, String text, Duration after) {
		this.pod.refusals().count(reason);
		return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, text).retryableAfter(after);
	}

	@Override
	public boolean isWithin(long held) {
		if (held + this.elsewhere.getAsLong() > this.pod.sessionMemory()) {
			this.pod.refusals().count(Refusal.SESSION_MEMORY);
			return false;
		}
		return true;
	}

	/**
	 * Whether the session may hold more beside its peer, such as an event that waits for
	 * its listener.
	 * @param more bytes that would come
	 */
	public boolean mayTake(int more) {
		return isWithin(this.held + more);
	}

	@Override
	public boolean mayHold(long held, int more) {
		return isRoom(held + more, Stage.PAYLOADS);
	}

	@Override
	public boolean mayQueue(long held, int more) {
		return isRoom(held + more, Stage.INVOCATIONS);
	}

	private boolean isRoom(long bytes, Stage stage) {
		if (!isWithin(bytes)) {
			return false;
		}
		if (this.pod.memory().isIn(stage)) {
			this.pod.refusals().count(Refusal.MEMORY);
			return false;
		}
		return true;
	}

	@Override
	public void turned(long held, int open) {
		if (this.closed) {
			return;
		}
		if (open != this.counted) {
			this.counted = open;
			this.tenancy.count(open);
		}
		this.held = held;
		long now = BASE + held + this.elsewhere.getAsLong();
		long change = now - this.charged;
		if (change >= STEP || change <= -STEP) {
			this.charged = now;
			this.pod.memory().add(change);
		}
	}

	/** The session does not count any more; further calls do nothing. */
	public void close() {
		if (!this.closed) {
			this.closed = true;
			this.pod.memory().add(-this.charged);
			this.charged = 0;
			this.tenancy.close();
		}
	}

	/** Others have the session: what is left of it here takes memory only. */
	public void leave() {
		this.tenancy.close();
	}

}
