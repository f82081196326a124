package io.agentsocket.autoconfigure.aot;

import java.util.List;

import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;
import org.springframework.util.ClassUtils;

/**
 * Hints that every application with this library needs: its resources, its annotations,
 * of which others can be composed, and its interceptors.
 */
final class AgentSocketRuntimeHints implements RuntimeHintsRegistrar {

	/** The console, and the names of properties that misspelt ones are compared with. */
	private static final List<String> RESOURCES = List.of("io/agentsocket/console/**",
			"META-INF/spring-configuration-metadata.json");

	/** Beans that are declared by an interface; their libraries may be absent. */
	private static final List<String> INTERCEPTORS = List.of("io.agentsocket.observation.AuditInterceptor",
			"io.agentsocket.observation.ObservationInterceptor", "io.agentsocket.observation.TimerInterceptor");

	/** Wrapped where hashes are read as a whole; Redis may be absent. */
	private static final String HASHES = "org.springframework.data.redis.core.ReactiveHashOperations";

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		RESOURCES.forEach(hints.resources()::registerPattern);
		INTERCEPTORS.forEach((type) -> hints.reflection()
			.registerTypeIfPresent(classLoader, type, MemberCategory.INVOKE_PUBLIC_METHODS));
		List.of(AgentTool.class, AgentEvent.class, AgentParam.class).forEach((annotation) -> {
			hints.reflection().registerType(annotation, MemberCategory.INVOKE_PUBLIC_METHODS);
			hints.proxies().registerJdkProxy(annotation);
		});
		if (ClassUtils.isPresent(HASHES, classLoader)) {
			hints.proxies().registerJdkProxy(TypeReference.of(HASHES));
			hints.reflection().registerType(TypeReference.of(HASHES), MemberCategory.INVOKE_PUBLIC_METHODS);
		}
	}

}
