package com.example.conformance.app;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.example.redis.LocalRedis;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.server.AgentSocketOperations;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;

/**
 * The pods of this process, started when they are needed: two that keep their sessions
 * for themselves, and two that share them in Redis. Thread-safe.
 */
public final class Pods implements AutoCloseable {

	private final Journal journal = new Journal();

	private final Map<String, ReactiveWebServerApplicationContext> running = new HashMap<>();

	private @Nullable LocalRedis redis;

	private @Nullable String missing;

	/**
	 * Port of a pod.
	 * @param shared whether it shares its sessions with the other one
	 * @param second whether it is the second of the two
	 * @return the port at which it listens
	 */
	public int port(boolean shared, boolean second) {
		return context(shared, second).getWebServer().getPort();
	}

	/**
	 * Why there are no pods that share their sessions.
	 * @return the reason, or {@code null} if there are some
	 */
	public synchronized @Nullable String missing() {
		if (this.redis == null && this.missing == null) {
			try {
				this.redis = LocalRedis.open();
			}
			catch (RuntimeException ex) {
				this.missing = "no Redis: " + ex.getMessage();
			}
		}
		return this.missing;
	}

	/**
	 * Which Redis the pods share.
	 * @return its description, or {@code null} if none was needed
	 */
	public synchronized @Nullable String redis() {
		return (this.redis != null) ? this.redis.toString() : null;
	}

	/**
	 * The notes of the actions of all pods.
	 * @return the journal
	 */
	public Journal journal() {
		return this.journal;
	}

	/**
	 * Publish an event in a pod.
	 * @param shared see {@link #port}
	 * @param second see {@link #port}
	 * @param event its name
	 * @param payload its payload
	 * @return number of subscribers that the pod knows of
	 */
	public int publish(boolean shared, boolean second, String event, @Nullable Object payload) {
		return context(shared, second).getBean(AgentSocketOperations.class).publish(event, payload);
	}

	/**
	 * End a session.
	 * @param shared see {@link #port}
	 * @param second see {@link #port}
	 * @param id its id
	 */
	public void end(boolean shared, boolean second, String id) {
		AgentSocketOperations agents = context(shared, second).getBean(AgentSocketOperations.class);
		agents.session(id).flatMap((agent) -> agent.session().end()).block();
	}

	/**
	 * Add an action to the catalogs of all running pods.
	 * @param name its name
	 */
	public void add(String name) {
		catalogs().forEach((catalog) -> catalog.replace(TestApplication.here(Action.named(name))));
	}

	/**
	 * Remove an action from the catalogs of all running pods.
	 * @param name its name
	 */
	public void remove(String name) {
		catalogs().forEach((catalog) -> catalog.remove(name));
	}

	private synchronized List<ActionCatalog> catalogs() {
		List<ActionCatalog> catalogs = new ArrayList<>();
		this.running.values().forEach((context) -> catalogs.add(context.getBean(ActionCatalog.class)));
		return catalogs;
	}

	private synchronized ReactiveWebServerApplicationContext context(boolean shared, boolean second) {
		return this.running.computeIfAbsent((shared ? "shared-" : "alone-") + (second ? "2" : "1"),
				(name) -> start(name, shared, second));
	}

	private ReactiveWebServerApplicationContext start(String name, boolean shared, boolean second) {
		List<String> arguments = new ArrayList<>(List.of("--conformance.pod=" + name));
		if (shared) {
			if (missing() != null || this.redis == null) {
				throw new IllegalStateException(this.missing);
			}
			arguments.addAll(List.of("--agentsocket.session.store=redis",
					"--spring.data.redis.host=" + this.redis.host(), "--spring.data.redis.port=" + this.redis.port(),
					"--agentsocket.session.redis.namespace=conformance-" + ProcessHandle.current().pid()));
		}
		else {
			arguments.add("--agentsocket.session.store=memory");
			if (second) {
				arguments.add("--" + TestApplication.SECOND + "=true");
			}
		}
		return (ReactiveWebServerApplicationContext) new SpringApplicationBuilder(TestApplication.class)
			.web(WebApplicationType.REACTIVE)
			.initializers((context) -> context.getBeanFactory().registerSingleton("journal", this.journal))
			.registerShutdownHook(false)
			.run(arguments.toArray(String[]::new));
	}

	@Override
	public synchronized void close() {
		this.running.values().forEach(ReactiveWebServerApplicationContext::close);
		this.running.clear();
		if (this.redis != null) {
			this.redis.close();
		}
	}

}
