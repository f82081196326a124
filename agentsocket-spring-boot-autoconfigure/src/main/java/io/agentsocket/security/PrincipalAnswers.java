package io.agentsocket.security;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.security.Principal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;

/**
 * Answers of a rule, kept for as long as there is the principal that they were given for:
 * a session gets another one whenever its agent is authenticated anew. Principals are
 * told apart by identity, since equal ones of two sessions need not have the same rights.
 * Thread-safe.
 */
final class PrincipalAnswers {

	private final Predicate<Authentication> rule;

	private final Map<Key, Boolean> answers = new ConcurrentHashMap<>();

	private final ReferenceQueue<Principal> gone = new ReferenceQueue<>();

	PrincipalAnswers(Predicate<Authentication> rule) {
		this.rule = rule;
	}

	/** Whether the rule holds for a principal, or for nobody. */
	boolean of(@Nullable Principal principal) {
		if (principal == null) {
			// Nothing says when the answer has to be forgotten.
			return this.rule.test(CallerAuthentication.of(null));
		}
		Boolean known = this.answers.get(new Key(principal, null));
		if (known == null) {
			known = this.rule.test(CallerAuthentication.of(principal));
			this.answers.put(new Key(principal, this.gone), known);
			tidy();
		}
		return known;
	}

	private void tidy() {
		for (Object key = this.gone.poll(); key != null; key = this.gone.poll()) {
			this.answers.remove(key);
		}
	}

	/** Answers that are kept. */
	int size() {
		tidy();
		return this.answers.size();
	}

	private static final class Key extends WeakReference<Principal> {

		private final int hash;

		Key(Principal principal, @Nullable ReferenceQueue<Principal> queue) {
			super(principal, queue);
			this.hash = System.identityHashCode(principal);
		}

		@Override
		public boolean equals(@Nullable Object other) {
			if (this == other) {
				return true;
			}
			Principal mine = get();
			return mine != null && other instanceof Key key && key.get() == mine;
		}

		@Override
		public int hashCode() {
			return this.hash;
		}

	}

}
