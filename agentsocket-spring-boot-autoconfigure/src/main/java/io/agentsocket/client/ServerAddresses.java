package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The addresses of the server in the order in which they are tried. A pass goes once
 * through all of them; the client waits between two passes and not within one. Confined
 * to the peer's loop.
 */
final class ServerAddresses {

	/** Failures in one message: enough to see the kind, and still one line. */
	private static final int MAX_TOLD = 3;

	private final List<ServerAddress> all;

	private final UriPolicy policy;

	private List<ServerAddress> pass = List.of();

	private int next;

	private @Nullable ServerAddress latest;

	ServerAddresses(List<URI> uris, UriPolicy policy) {
		this.all = uris.stream().map(ServerAddress::new).toList();
		this.policy = policy;
	}

	/** Begin a pass. The address that the client leaves on purpose is tried last. */
	void begin(boolean leaving) {
		List<ServerAddress> order = new ArrayList<>(this.all);
		ServerAddress last = this.latest;
		switch (this.policy) {
			case IN_ORDER -> {
			}
			case RANDOM -> Collections.shuffle(order);
			case ROUND_ROBIN -> Collections.rotate(order, (last != null) ? -(this.all.indexOf(last) + 1) : 0);
		}
		if (leaving && last != null) {
			order.remove(last);
			order.add(last);
		}
		this.pass = order;
		this.next = 0;
	}

	/** Whether the pass has an address that may be tried now. */
	boolean hasNext(long now) {
		while (this.next < this.pass.size() && !mayBeTried(this.pass.get(this.next), now)) {
			this.next++;
		}
		return this.next < this.pass.size();
	}

	private static boolean mayBeTried(ServerAddress address, long now) {
		return !address.isRefused() && address.notBefore(now) == 0;
	}

	/** Addresses that have not given a final answer; all when each of them has. */
	private Stream<ServerAddress> open() {
		boolean none = this.all.stream().allMatch(ServerAddress::isRefused);
		return this.all.stream().filter((address) -> none || !address.isRefused());
	}

	/** The next address to try. */
	ServerAddress next(long now) {
		if (!hasNext(now)) {
			begin(false);
		}
		ServerAddress chosen = hasNext(now) ? this.pass.get(this.next++)
				: Collections.min(open().toList(), Comparator.comparingLong((address) -> address.notBefore(now)));
		this.latest = chosen;
		return chosen;
	}

	/** Nanoseconds until the first address may be tried. */
	long notBefore(long now) {
		return open().mapToLong((address) -> address.notBefore(now)).min().orElse(0);
	}

	/** Why there is no connection, in one line; null when no attempt has failed. */
	@Nullable String failures() {
		List<ServerAddress> failed = this.all.stream().filter((address) -> address.failure() != null).toList();
		if (failed.isEmpty()) {
			return null;
		}
		String told = failed.stream()
			.limit(MAX_TOLD)
			.map((address) -> address + ": " + address.failure())
			.collect(Collectors.joining("; "));
		int more = failed.size() - MAX_TOLD;
		return (more > 0) ? told + "; and " + more + " more" : told;
	}

	/**
	 * Whether each of them has given a final answer, or for so long only answers that
	 * look final.
	 */
	boolean areDoubtful(Duration time, long now) {
		return this.all.stream().allMatch((address) -> address.isRefused() || address.isDoubtful(time, now));
	}

	/**
	 * An address has given a final answer. A close code is that of all: they lead to the
	 * same sessions. The status of an upgrade may be due to one address alone.
	 * @param time how long answers that look final are doubted
	 * @return whether no address is left
	 */
	boolean refused(ServerAddress address, Failure failure, Duration time) {
		address.refused();
		return failure.closeCode() != Failure.BROKEN || areDoubtful(time, System.nanoTime());
	}

	/** The client begins anew, and with it the first pass. */
	void beginAnew() {
		this.all.forEach(ServerAddress::begin);
		begin(false);
	}

	void connected() {
		this.all.forEach(ServerAddress::connected);
	}

	@Override
	public String toString() {
		return this.all.stream().map(ServerAddress::toString).collect(Collectors.joining(", "));
	}

}
