package io.agentsocket.autoconfigure.session;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Sessions should be kept in Redis, but something for that is missing.
 */
final class RedisMissingException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private static final String[][] LIBRARIES = {
			{ "org.springframework.data.redis.connection.ReactiveRedisConnectionFactory",
					"org.springframework.boot:spring-boot-starter-data-redis" },
			{ "org.springframework.session.data.redis.ReactiveRedisSessionRepository",
					"org.springframework.session:spring-session-data-redis" } };

	private final @Nullable String library;

	private RedisMissingException(@Nullable String library) {
		super("Sessions should be kept in Redis, but there is no "
				+ ((library != null) ? library : "ReactiveRedisConnectionFactory"));
		this.library = library;
	}

	static RedisMissingException of(@Nullable ClassLoader classLoader) {
		for (String[] library : LIBRARIES) {
			if (!ClassUtils.isPresent(library[0], classLoader)) {
				return new RedisMissingException(library[1]);
			}
		}
		return new RedisMissingException(null);
	}

	/** The library to add, or null if all are there. */
	@Nullable String library() {
		return this.library;
	}

}
