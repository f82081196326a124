package com.example.benchmark.agentsocket;

import java.util.ArrayList;
import java.util.List;

import com.example.benchmark.BootServer;
import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;

import org.springframework.util.ClassUtils;

/**
 * Agent Socket as its starter sets it up, called by its typed client.
 *
 * @param codec name of the codec of the client; the server offers both
 * @param direct whether the tool is declared to be quick enough for the event loop
 * @param properties properties of the server in addition, as {@code name=value}
 */
public record AgentSocketContestant(String codec, boolean direct, String... properties) implements Contestant {

	/**
	 * Bytes of twice as much as 16 results of 1 MiB. A server that keeps more for a
	 * client than this limit refuses its calls, and the default of 4 MiB is less.
	 */
	static final int ASSEMBLY = 32 * 1024 * 1024;

	/** All agents are on this machine, and by default one address may have 5,000. */
	static final int SESSIONS = 100_000;

	/** The tool declares that it only reads, so that its calls may run again. */
	private static final String READ_ONLY = "benchmark.read-only=true";

	/** Shared by all connections of a client, as a bean of an application is. */
	private static final Codec CBOR = JacksonCodec.cbor();

	private static final Codec JSON = JacksonCodec.json();

	/**
	 * Agent Socket with its sessions in memory.
	 * @param codec name of the codec of the client
	 * @param direct whether the tool is declared to be quick enough for the event loop
	 * @return the contestant
	 */
	public static AgentSocketContestant inMemory(String codec, boolean direct) {
		return new AgentSocketContestant(codec, direct, "agentsocket.session.store=memory");
	}

	/**
	 * Agent Socket with a registry of meters.
	 * @param direct whether the tool is declared to be quick enough for the event loop
	 * @param invocations how invocations are measured: {@code timers} or
	 * {@code observations}
	 * @return the contestant
	 */
	public static AgentSocketContestant metered(boolean direct, String invocations) {
		return new AgentSocketContestant("cbor", direct, "agentsocket.session.store=memory", "benchmark.metered=true",
				"agentsocket.observation.invocations=" + invocations);
	}

	/**
	 * Agent Socket with its sessions in Redis.
	 * @param durability when what is sent to an agent becomes durable
	 * @return the contestant
	 */
	public static AgentSocketContestant inRedis(String durability) {
		return new AgentSocketContestant("cbor", false, "agentsocket.session.store=redis",
				"agentsocket.session.durability=" + durability);
	}

	/**
	 * Agent Socket with its sessions in Redis, and a tool that only reads: its calls
	 * start before their records are durable.
	 * @param durability when what is sent to an agent becomes durable
	 * @return the contestant
	 */
	public static AgentSocketContestant readingInRedis(String durability) {
		return new AgentSocketContestant("cbor", false, "agentsocket.session.store=redis",
				"agentsocket.session.durability=" + durability, READ_ONLY);
	}

	/**
	 * Whether sessions can be in Redis at all.
	 * @return {@code true} when all that is needed for it is on the class path
	 */
	public static boolean canBeInRedis() {
		return ClassUtils.isPresent("io.agentsocket.session.Durability", null)
				&& ClassUtils.isPresent("org.springframework.data.redis.connection.RedisConnectionFactory", null);
	}

	@Override
	public Server serve() {
		List<String> all = new ArrayList<>(List.of("agentsocket.enabled=true", "benchmark.direct=" + tools(),
				"agentsocket.server.limits.assembly=" + ASSEMBLY + "B",
				"agentsocket.server.bounds.sessions-per-address=" + SESSIONS));
		all.addAll(List.of(this.properties));
		return BootServer.start(AgentSocketApplication.class, all.toArray(String[]::new));
	}

	private String tools() {
		return List.of(this.properties).contains(READ_ONLY) ? "read-only" : Boolean.toString(this.direct);
	}

	@Override
	public boolean texts() {
		return true;
	}

	@Override
	public Connection connect(int port) {
		Codec chosen = this.codec.equals("json") ? JSON : CBOR;
		return new AgentSocketConnection(
				AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket").codec(chosen).build());
	}

}
