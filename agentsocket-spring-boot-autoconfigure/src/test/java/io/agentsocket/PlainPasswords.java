package io.agentsocket;

import org.jspecify.annotations.Nullable;

import org.springframework.security.crypto.password.PasswordEncoder;

/**
 * The encoder of applications under test: passwords stay as they are. The usual one
 * hashes a plain password with bcrypt at each login, which takes a tenth of a second of a
 * core.
 */
public final class PlainPasswords implements PasswordEncoder {

	private static final String PLAIN = "{noop}";

	@Override
	public @Nullable String encode(@Nullable CharSequence password) {
		return PLAIN + password;
	}

	@Override
	public boolean matches(@Nullable CharSequence password, @Nullable String encoded) {
		return (PLAIN + password).equals(encoded);
	}

}
