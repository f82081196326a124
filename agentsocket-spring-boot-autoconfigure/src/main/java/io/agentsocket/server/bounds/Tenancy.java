package io.agentsocket.server.bounds;

import io.agentsocket.server.bounds.Occupancy.Occupant;
import org.jspecify.annotations.Nullable;

/**
 * The part that a session takes of the bounds of its principal and of its address.
 * Thread-safe.
 */
public final class Tenancy {

	private final Occupancy principals;

	private final Occupancy addresses;

	private @Nullable Occupant principal;

	private @Nullable Occupant address;

	/** Invocations that are counted. */
	private int open;

	Tenancy(Occupancy principals, Occupancy addresses, @Nullable Occupant principal, @Nullable Occupant address) {
		this.principals = principals;
		this.addresses = addresses;
		this.principal = principal;
		this.address = address;
	}

	/** The agent of the session comes from an address now. */
	synchronized void moveTo(@Nullable String key) {
		Occupant joined = (key != null) ? this.addresses.join(key) : null;
		leave(this.addresses, this.address);
		this.address = joined;
		if (joined != null) {
			joined.invocations().addAndGet(this.open);
		}
	}

	/** So many invocations are open now. */
	synchronized void count(int now) {
		int change = now - this.open;
		this.open = now;
		if (this.principal != null) {
			this.principal.invocations().addAndGet(change);
		}
		if (this.address != null) {
			this.address.invocations().addAndGet(change);
		}
	}

	/** Invocations of the principal that other sessions have open. */
	synchronized int othersOfPrincipal() {
		return (this.principal != null) ? this.principal.invocations().get() - this.open : 0;
	}

	/** Invocations from the address that other sessions have open. */
	synchronized int othersOfAddress() {
		return (this.address != null) ? this.address.invocations().get() - this.open : 0;
	}

	/** The session is gone; further calls do nothing. */
	public synchronized void close() {
		leave(this.principals, this.principal);
		leave(this.addresses, this.address);
		this.principal = null;
		this.address = null;
	}

	private void leave(Occupancy all, @Nullable Occupant occupant) {
		if (occupant != null) {
			occupant.invocations().addAndGet(-this.open);
			all.leave(occupant);
		}
	}

}
