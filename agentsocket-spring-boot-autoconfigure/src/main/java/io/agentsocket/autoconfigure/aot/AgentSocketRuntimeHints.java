package io.agentsocket.autoconfigure.aot;

import java.util.List;

import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * Hints that every application with this library needs: its resources, and proxies for
 * annotations that are composed of others.
 */
final class AgentSocketRuntimeHints implements RuntimeHintsRegistrar {

	/** The console, and the names of properties that misspelt ones are compared with. */
	private static final List<String> RESOURCES = List.of("io/agentsocket/console/**",
			"META-INF/spring-configuration-metadata.json");

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		RESOURCES.forEach(hints.resources()::registerPattern);
		List.of(AgentTool.class, AgentEvent.class, AgentParam.class)
			.forEach((annotation) -> hints.proxies().registerJdkProxy(annotation));
	}

}
