package io.agentsocket.server.bounds;

import java.time.Duration;

import io.agentsocket.server.bounds.InvocationRates.SessionRate;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of a pod, and how much of them is used. Thread-safe.
 */
public final class PodBounds {

	private static final int MB = 1024 * 1024;

	private final int maxConnections;

	private final int maxPrincipalInvocations;

	private final int maxAddressInvocations;

	private final long sessionMemory;

	private final MemoryBudget memory;

	private final Places handshakes;

	private final Occupancy principals;

	private final Occupancy addresses;

	private final InvocationRates rates;

	private final Refusals refusals = new Refusals(this::figures);

	private final RefusedHandshakes refusedHandshakes = new RefusedHandshakes();

	/**
	 * Create bounds of which nothing is used.
	 * @param sizes how large they are
	 * @param rates how many invocations a second may begin
	 */
	public PodBounds(Sizes sizes, InvocationRates rates) {
		this.maxConnections = sizes.connections();
		this.maxPrincipalInvocations = sizes.principalInvocations();
		this.maxAddressInvocations = sizes.addressInvocations();
		this.sessionMemory = sizes.sessionMemory();
		this.memory = new MemoryBudget(sizes.memory());
		this.handshakes = new Places(sizes.handshakes(), sizes.addressHandshakes(), sizes.helloTimeout(),
				System::nanoTime);
		this.principals = new Occupancy(sizes.principalSessions());
		this.addresses = new Occupancy(sizes.addressSessions());
		this.rates = rates;
	}

	/**
	 * Tell the reason for which no further session is opened.
	 * @param connections open sockets
	 * @param sessions sessions of this pod
	 * @param maxSessions bound of the sessions, those that sockets may open included
	 * @return the reason for an operator, or {@code null} when there is room
	 */
	public @Nullable String obstacle(int connections, int sessions, int maxSessions) {
		if (this.memory.isIn(MemoryBudget.Stage.SESSIONS)) {
			return "the memory of the sessions is used";
		}
		if (connections > this.maxConnections) {
			return "too many connections";
		}
		return (sessions + this.handshakes.taken() >= maxSessions) ? "too many sessions" : null;
	}

	/** Sockets beyond which no session is opened. */
	public int maxConnections() {
		return this.maxConnections;
	}

	/** The memory of all sessions. */
	public MemoryBudget memory() {
		return this.memory;
	}

	/** Places for sockets that have no session yet. */
	public Places handshakes() {
		return this.handshakes;
	}

	/** Counts of refusals. */
	public Refusals refusals() {
		return this.refusals;
	}

	/** Counts of connections that got no session, for whatever reason. */
	public RefusedHandshakes refusedHandshakes() {
		return this.refusedHandshakes;
	}

	/**
	 * Let a new session in, as far as its principal and its address have not too many.
	 * @param principal name of its principal, or {@code null}
	 * @param address its address, or {@code null}
	 * @return its place, or {@code null} when it is refused
	 */
	public @Nullable Tenancy enter(@Nullable String principal, @Nullable String address) {
		Occupancy.Occupant ofPrincipal = (principal != null) ? this.principals.enter(principal) : null;
		if (principal != null && ofPrincipal == null) {
			this.refusals.count(Refusal.PRINCIPAL_SESSIONS);
			return null;
		}
		Occupancy.Occupant ofAddress = (address != null) ? this.addresses.enter(address) : null;
		if (address != null && ofAddress == null) {
			if (ofPrincipal != null) {
				this.principals.leave(ofPrincipal);
			}
			this.refusals.count(Refusal.ADDRESS_SESSIONS);
			return null;
		}
		return new Tenancy(this.principals, this.addresses, ofPrincipal, ofAddress);
	}

	/**
	 * Count a session that goes on here, however many there are.
	 * @param principal name of its principal, or {@code null}
	 * @return its place
	 */
	public Tenancy join(@Nullable String principal) {
		return new Tenancy(this.principals, this.addresses,
				(principal != null) ? this.principals.join(principal) : null, null);
	}

	/** Count a session that another peer owns: it takes memory only. */
	public Tenancy none() {
		return new Tenancy(this.principals, this.addresses, null, null);
	}

	/** Begin to count the invocations a second of a session. */
	public SessionRate openRate() {
		return this.rates.open();
	}

	long sessionMemory() {
		return this.sessionMemory;
	}

	int maxPrincipalInvocations() {
		return this.maxPrincipalInvocations;
	}

	int maxAddressInvocations() {
		return this.maxAddressInvocations;
	}

	/** Whether nothing is used. */
	public boolean isUnused() {
		return this.memory.used() == 0 && this.handshakes.isUnused() && this.principals.size() == 0
				&& this.addresses.size() == 0;
	}

	private String figures() {
		return this.memory.used() / MB + " of " + this.memory.bytes() / MB + " MB are used, " + this.principals.size()
				+ " principals and " + this.addresses.size() + " addresses have sessions, " + this.handshakes.taken()
				+ " sockets have none yet";
	}

	/**
	 * How large bounds are.
	 *
	 * @param connections sockets beyond which no session is opened
	 * @param handshakes sockets without a session
	 * @param addressHandshakes those from one address that may open one
	 * @param helloTimeout how long a socket may say nothing
	 * @param principalSessions sessions of one principal
	 * @param addressSessions sessions from one address
	 * @param principalInvocations open invocations of one principal
	 * @param addressInvocations open invocations from one address
	 * @param sessionMemory bytes that one session may hold
	 * @param memory bytes that all sessions may hold
	 */
	public record Sizes(int connections, int handshakes, int addressHandshakes, Duration helloTimeout,
			int principalSessions, int addressSessions, int principalInvocations, int addressInvocations,
			long sessionMemory, long memory) {

	}

}
