package io.agentsocket.session.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A pod's knowledge of the pods that are alive. A name that Redis has forgotten is not
 * dead yet: its pod may just not have noticed. Only a pod that Redis remembers as dead
 * is. Used by one thread at a time.
 */
final class PodRoster {

	private static final int MAX_GONE = 1_000;

	private final String pod;

	private final Duration timeout;

	private final Set<String> gone = new LinkedHashSet<>();

	/** Since when a name is missing, in nanoseconds. */
	private final Map<String, Long> missing = new HashMap<>();

	private Set<String> living = Set.of();

	/** Names whose signs were gone at the latest look. */
	private Set<String> unsigned = Set.of();

	/** Whether Redis tells apart which of its processes has seen a sign. */
	private boolean serverKnown;

	private volatile boolean dead;

	PodRoster(String pod, Duration timeout) {
		this.pod = pod;
		this.timeout = timeout;
	}

	/** Whether this pod is dead. */
	boolean isDead() {
		return this.dead;
	}

	void die() {
		this.dead = true;
	}

	/** Names that have been missing for so long that they should be declared dead. */
	List<String> overdue(long now) {
		List<String> overdue = new ArrayList<>();
		this.missing.forEach((name, since) -> {
			if (now - since > this.timeout.toNanos()) {
				overdue.add(name);
			}
		});
		return overdue;
	}

	/** Whether the sign of a pod was gone at the latest look. */
	boolean isUnsigned(String name) {
		return this.unsigned.contains(name);
	}

	/** Whether the signs at the latest look were seen by the Redis that looked. */
	boolean isServerKnown() {
		return this.serverKnown;
	}

	/** Whether a pod does not count as alive. */
	boolean isGone(String name) {
		return !this.living.contains(name);
	}

	/**
	 * Take in the reply of Redis.
	 * @param reply names of the living, of the dead after a dash, of those without their
	 * sign after a question mark, and of the process of Redis after {@code @}
	 * @param now the time in nanoseconds
	 * @return the living, without this pod when it is dead
	 */
	Set<String> update(List<String> reply, long now) {
		Set<String> present = new HashSet<>();
		Set<String> unsigned = new HashSet<>();
		this.serverKnown = false;
		for (String name : reply) {
			if (name.startsWith("@")) {
				this.serverKnown = true;
			}
			else if (name.startsWith("?")) {
				unsigned.add(name.substring(1));
			}
			else if (!name.startsWith("-")) {
				present.add(name);
			}
			else if (this.living.contains(name.substring(1)) || name.substring(1).equals(this.pod)) {
				gone(name.substring(1));
			}
		}
		this.missing.keySet().removeIf((name) -> present.contains(name) || this.gone.contains(name));
		for (String name : this.living) {
			if (!present.contains(name)) {
				this.missing.putIfAbsent(name, now);
				present.add(name);
			}
		}
		this.dead |= this.gone.contains(this.pod);
		present.removeAll(this.gone);
		if (this.dead) {
			present.remove(this.pod);
		}
		this.missing.keySet().retainAll(present);
		// When the own sign is not seen, Redis has begun anew and others mean nothing.
		this.unsigned = unsigned.contains(this.pod) ? Set.of(this.pod) : unsigned;
		this.living = Set.copyOf(present);
		return this.living;
	}

	private void gone(String name) {
		this.gone.add(name);
		if (this.gone.size() > MAX_GONE) {
			this.gone.remove(this.gone.iterator().next());
		}
	}

}
