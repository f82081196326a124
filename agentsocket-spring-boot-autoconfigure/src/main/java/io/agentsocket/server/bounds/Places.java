package io.agentsocket.server.bounds;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Places for sockets that have no session yet, in all and for each address.
 *
 * <p>
 * Nobody knows before HELLO who resumes a session, and who does is let in whatever is
 * full. So an address has a share of places for whatever its agents want, and four times
 * as many more, in which an agent can only resume: it is told so with its HELLO. When all
 * places are taken a further socket gets that of one that has said nothing for a while,
 * or that of a silent one beyond the share of its address. Refused is only who finds none
 * such: then all have just come, or wait for their answers.
 *
 * <p>
 * Sockets that are upgraded at the same time may be some more. Thread-safe.
 */
public final class Places {

	/**
	 * An address may take as many times its share: a thousand agents behind one address
	 * that come back together find places with the defaults, and have half of those of
	 * the pod.
	 */
	private static final int SHARES = 5;

	/**
	 * A part of the time for HELLO: 1 s by default, in which an agent far away has said
	 * it. A socket that has not may lose its place to another.
	 */
	private static final int SILENCE_OF_HELLO = 5;

	private final int max;

	private final int share;

	private final long patience;

	private final LongSupplier clock;

	/** Guarded by this, as all below and all in a place. */
	private final Map<String, Address> addresses = new HashMap<>();

	/** Silent ones within the shares of their addresses, those first that came first. */
	private final Set<Place> silent = new LinkedHashSet<>();

	/** Silent ones beyond the shares of their addresses. */
	private final Set<Place> beyond = new LinkedHashSet<>();

	private int taken;

	/**
	 * Create places.
	 * @param max how many there are
	 * @param share those that an address is sure of
	 * @param helloTimeout how long a socket may say nothing when nobody needs its place
	 * @param clock nanoseconds of a clock that only goes forward
	 */
	Places(int max, int share, Duration helloTimeout, LongSupplier clock) {
		this.max = max;
		this.share = share;
		this.patience = helloTimeout.dividedBy(SILENCE_OF_HELLO).toNanos();
		this.clock = clock;
	}

	/**
	 * Look for a place for a socket.
	 * @param key the address that it comes from, or {@code null} when that is not known
	 * @return {@code null} if there is one, otherwise the exceeded bound
	 */
	public synchronized @Nullable Refusal obstacle(@Nullable String key) {
		Address address = (key != null) ? this.addresses.get(key) : null;
		if (isFull(address)) {
			return (victim(address) != null) ? null : Refusal.ADDRESS_HANDSHAKES;
		}
		if (this.taken < this.max || victim(address) != null) {
			return null;
		}
		return isBeyond(address) ? Refusal.ADDRESS_HANDSHAKES : Refusal.HANDSHAKES;
	}

	private boolean isFull(@Nullable Address address) {
		return address != null && address.all >= (long) SHARES * this.share;
	}

	private boolean isBeyond(@Nullable Address address) {
		return address != null && address.sure >= this.share;
	}

	/** A place that a socket from an address may have in place of the one that has it. */
	private @Nullable Place victim(@Nullable Address address) {
		if (address != null && (isFull(address) || isBeyond(address))) {
			return late(address.silent);
		}
		Place guest = first(this.beyond);
		return (guest != null) ? guest : late(this.silent);
	}

	private @Nullable Place late(Set<Place> silent) {
		Place first = first(silent);
		return (first != null && this.clock.getAsLong() - first.since >= this.patience) ? first : null;
	}

	private static @Nullable Place first(Set<Place> places) {
		Iterator<Place> all = places.iterator();
		return all.hasNext() ? all.next() : null;
	}

	/**
	 * Take a place for a socket that was let in. Where there is none free another socket
	 * loses its place and is told.
	 * @param key where it comes from, or {@code null} when that is not known
	 * @param evicted closes the socket when it loses its place; may be called at once, on
	 * any thread
	 */
	public Place take(@Nullable String key, Runnable evicted) {
		Place place;
		Place victim = null;
		synchronized (this) {
			Address address = (key != null) ? this.addresses.computeIfAbsent(key, Address::new) : null;
			if (this.taken >= this.max || isFull(address)) {
				victim = victim(address);
				if (victim != null) {
					heard(victim);
				}
			}
			this.taken++;
			place = new Place(this, address, evicted, this.clock.getAsLong());
			if (address != null) {
				address.all++;
				address.silent.add(place);
				place.sure = address.sure < this.share;
				address.sure += place.sure ? 1 : 0;
			}
			(place.sure ? this.silent : this.beyond).add(place);
		}
		if (victim != null) {
			victim.evicted.run();
		}
		return place;
	}

	/** The socket is not one any more that may lose its place to another. */
	private synchronized void heard(Place place) {
		this.silent.remove(place);
		this.beyond.remove(place);
		if (place.address != null) {
			place.address.silent.remove(place);
		}
	}

	/**
	 * Asked of sockets that have said HELLO. The answer to it may still be on its way
	 * when the socket is closed: a place that is given back takes nothing of the share.
	 */
	private synchronized boolean mayOpen(Place place) {
		Address address = place.address;
		if (!place.sure && !place.given && address != null && address.sure < this.share) {
			address.sure++;
			place.sure = true;
		}
		return place.sure;
	}

	private synchronized void giveBack(Place place) {
		if (place.given) {
			return;
		}
		place.given = true;
		heard(place);
		this.taken--;
		Address address = place.address;
		if (address != null) {
			address.sure -= place.sure ? 1 : 0;
			if (--address.all == 0) {
				this.addresses.remove(address.key);
			}
		}
	}

	/** Places that are taken. */
	public synchronized int taken() {
		return this.taken;
	}

	/** Whether nobody has a place, and nothing is kept of those that had. */
	synchronized boolean isUnused() {
		return this.taken == 0 && this.addresses.isEmpty() && this.silent.isEmpty() && this.beyond.isEmpty();
	}

	/** The places of an address. */
	private static final class Address {

		private final String key;

		/** Its silent sockets, those first that came first. */
		private final Set<Place> silent = new LinkedHashSet<>();

		private int all;

		/** Its sockets that may open a session: as many as its share at most. */
		private int sure;

		private Address(String key) {
			this.key = key;
		}

	}

	/** A place, which can be given back once. */
	public static final class Place {

		private final Places places;

		private final @Nullable Address address;

		private final Runnable evicted;

		private final long since;

		/** Whether the socket may open a session. */
		private boolean sure = true;

		private boolean given;

		private Place(Places places, @Nullable Address address, Runnable evicted, long since) {
			this.places = places;
			this.address = address;
			this.evicted = evicted;
			this.since = since;
		}

		/** The socket has said HELLO: it keeps its place until it is answered. */
		public void heard() {
			this.places.heard(this);
		}

		/**
		 * Whether the socket may open a session: its place is within the share of its
		 * address, from now on if others have left that.
		 */
		public boolean mayOpen() {
			return this.places.mayOpen(this);
		}

		/** Give it back; further calls do nothing. */
		public void giveBack() {
			this.places.giveBack(this);
		}

	}

}
