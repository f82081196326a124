package io.agentsocket.test;

import java.security.Principal;

import org.jspecify.annotations.Nullable;

import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.ClassUtils;

/**
 * The principals of tests.
 */
final class TestPrincipals {

	private static final boolean SPRING_SECURITY = ClassUtils.isPresent(
			"org.springframework.security.core.context.SecurityContextHolder", TestPrincipals.class.getClassLoader());

	private TestPrincipals() {
	}

	/** The user of the thread, as {@code @WithMockUser} and the like set it. */
	static @Nullable Principal ofThread() {
		return SPRING_SECURITY ? Security.ofThread() : null;
	}

	/** Loaded only where Spring Security is. */
	private static final class Security {

		private Security() {
		}

		static @Nullable Principal ofThread() {
			return SecurityContextHolder.getContext().getAuthentication();
		}

	}

	/**
	 * A principal that is nothing but a name.
	 *
	 * @param getName the name
	 */
	record Named(String getName) implements Principal {

		@Override
		public String toString() {
			return this.getName;
		}

	}

}
