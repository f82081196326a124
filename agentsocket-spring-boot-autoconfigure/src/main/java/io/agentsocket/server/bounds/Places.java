package io.agentsocket.server.bounds;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Places for sockets that have no session yet, in all and for each address. Sockets that
 * are upgraded at the same time may be some more. Thread-safe.
 */
public final class Places {

	private final int max;

	private final AtomicInteger taken = new AtomicInteger();

	private final Occupancy addresses;

	Places(int max, int maxPerAddress) {
		this.max = max;
		this.addresses = new Occupancy(maxPerAddress);
	}

	/** Whether there is no place for anybody. */
	public boolean isFull() {
		return this.taken.get() >= this.max;
	}

	/** Whether there is no place for an address. */
	public boolean isFullFor(@Nullable String address) {
		return address != null && this.addresses.isFull(address);
	}

	/**
	 * Take a place for a socket that was let in.
	 * @param address where it comes from, or {@code null} when that is not known
	 */
	public Place take(@Nullable String address) {
		this.taken.incrementAndGet();
		return new Place(this, (address != null) ? this.addresses.join(address) : null);
	}

	/** Places that are taken. */
	public int taken() {
		return this.taken.get();
	}

	/** A place, which can be given back once. */
	public static final class Place {

		private final Places places;

		private final Occupancy.@Nullable Occupant occupant;

		private final AtomicBoolean given = new AtomicBoolean();

		private Place(Places places, Occupancy.@Nullable Occupant occupant) {
			this.places = places;
			this.occupant = occupant;
		}

		/** Give it back; further calls do nothing. */
		public void giveBack() {
			if (this.given.compareAndSet(false, true)) {
				this.places.taken.decrementAndGet();
				if (this.occupant != null) {
					this.places.addresses.leave(this.occupant);
				}
			}
		}

	}

}
