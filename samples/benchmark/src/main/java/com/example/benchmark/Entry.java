package com.example.benchmark;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import com.example.benchmark.agentsocket.AgentSocketContestant;
import com.example.benchmark.agentsocket.McpEndpointContestant;
import com.example.benchmark.agentsocket.ServletContestant;
import com.example.benchmark.grpc.GrpcContestant;
import com.example.benchmark.http.HttpContestant;
import com.example.benchmark.mcp.McpContestant;
import com.example.benchmark.mcp.McpServletContestant;
import com.example.benchmark.raw.RawContestant;
import com.example.benchmark.rsocket.RSocketContestant;

/**
 * A line-up of contestants.
 *
 * @param key its name in options and in the JSON file
 * @param title its name in the table
 * @param maxIdle how many idle connections are measured at most, or 0 to leave them out
 * @param redis whether its server needs a Redis
 * @param contestant creates the contestant, in its own process
 */
record Entry(String key, String title, int maxIdle, boolean redis, Supplier<Contestant> contestant) {

	private static final int ALL_IDLE = Integer.MAX_VALUE;

	/** The contestant that all others are compared with. */
	static final String BASE = "raw";

	/** All of them, in the order of the table. */
	static final List<Entry> ALL = List.of(of(BASE, "raw echo", ALL_IDLE, RawContestant::new),
			of("agentsocket-cbor", "Agent Socket, CBOR", ALL_IDLE, () -> AgentSocketContestant.inMemory("cbor", false)),
			of("agentsocket-cbor-direct", "Agent Socket, CBOR, non-blocking hint", 0,
					() -> AgentSocketContestant.inMemory("cbor", true)),
			metered("agentsocket-cbor-timers", "Agent Socket, CBOR, timers", false, "timers"),
			metered("agentsocket-cbor-observations", "Agent Socket, CBOR, observations", false, "observations"),
			metered("agentsocket-cbor-direct-timers", "Agent Socket, CBOR, non-blocking hint, timers", true, "timers"),
			metered("agentsocket-cbor-direct-observations", "Agent Socket, CBOR, non-blocking hint, observations", true,
					"observations"),
			of("agentsocket-json", "Agent Socket, JSON", 0, () -> AgentSocketContestant.inMemory("json", false)),
			of("agentsocket-json-direct", "Agent Socket, JSON, non-blocking hint", 0,
					() -> AgentSocketContestant.inMemory("json", true)),
			of("agentsocket-cbor-tomcat", "Agent Socket, CBOR, Tomcat", ALL_IDLE, () -> new ServletContestant(true)),
			of("agentsocket-cbor-jetty", "Agent Socket, CBOR, Jetty", ALL_IDLE, () -> new ServletContestant(false)),
			redis("agentsocket-cbor-redis-strict", "Agent Socket, CBOR, Redis strict",
					() -> AgentSocketContestant.inRedis("strict")),
			redis("agentsocket-cbor-redis-relaxed", "Agent Socket, CBOR, Redis relaxed",
					() -> AgentSocketContestant.inRedis("relaxed")),
			redis("agentsocket-cbor-redis-strict-reading", "Agent Socket, CBOR, Redis strict, readOnly",
					() -> AgentSocketContestant.readingInRedis("strict")),
			redis("agentsocket-cbor-redis-relaxed-reading", "Agent Socket, CBOR, Redis relaxed, readOnly",
					() -> AgentSocketContestant.readingInRedis("relaxed")),
			of("rsocket-ws", "RSocket, WebSocket", ALL_IDLE, () -> new RSocketContestant(true)),
			of("rsocket-tcp", "RSocket, TCP", 0, () -> new RSocketContestant(false)),
			of("grpc-bidi", "gRPC, one bidirectional stream", 0, () -> new GrpcContestant(true, true)),
			of("grpc-bidi-executor", "gRPC, one bidirectional stream, default executor", 0,
					() -> new GrpcContestant(true, false)),
			of("grpc-unary", "gRPC, unary", 0, () -> new GrpcContestant(false, true)),
			of("grpc-unary-executor", "gRPC, unary, default executor", 0, () -> new GrpcContestant(false, false)),
			of("agentsocket-mcp", "MCP endpoint of Agent Socket", 0, () -> new McpEndpointContestant(false, false)),
			of("agentsocket-mcp-direct", "MCP endpoint of Agent Socket, non-blocking hint", 0,
					() -> new McpEndpointContestant(true, false)),
			of("agentsocket-mcp-tomcat", "MCP endpoint of Agent Socket, Tomcat", 0,
					() -> new McpEndpointContestant(false, true)),
			of("agentsocket-mcp-direct-tomcat", "MCP endpoint of Agent Socket, non-blocking hint, Tomcat", 0,
					() -> new McpEndpointContestant(true, true)),
			of("mcp-stateless-sync-tomcat", "MCP, stateless, sync, Tomcat", 0, McpServletContestant::new),
			of("mcp-streamable-sync", "MCP, streamable, sync", 1_000, () -> new McpContestant(false, false)),
			of("mcp-streamable-async", "MCP, streamable, async", 0, () -> new McpContestant(false, true)),
			of("mcp-stateless-sync", "MCP, stateless, sync", 0, () -> new McpContestant(true, false)),
			of("mcp-stateless-async", "MCP, stateless, async", 0, () -> new McpContestant(true, true)),
			of("http", "JSON over HTTP", 0, HttpContestant::new));

	/** Contestants of the rows with large payloads, as all of them take too long. */
	private static final Set<String> LARGE_ROWS = Set.of(BASE, "agentsocket-cbor", "agentsocket-cbor-direct",
			"rsocket-ws", "grpc-bidi", "grpc-bidi-executor");

	private static Entry of(String key, String title, int maxIdle, Supplier<Contestant> contestant) {
		return new Entry(key, title, maxIdle, false, contestant);
	}

	/** Takes part when it is named only: it says what a registry of meters costs. */
	private static Entry metered(String key, String title, boolean direct, String invocations) {
		return new Entry(key, title, 0, false, () -> AgentSocketContestant.metered(direct, invocations));
	}

	/** Whether it takes part without being named. */
	boolean isDefault() {
		return !this.key.endsWith("-timers") && !this.key.endsWith("-observations") && !this.key.endsWith("-reading")
				&& !(this.key.contains("mcp") && this.key.endsWith("-tomcat"));
	}

	/** Whether it takes part in the rows with large payloads without being named. */
	boolean isInLargeRows() {
		return LARGE_ROWS.contains(this.key);
	}

	private static Entry redis(String key, String title, Supplier<Contestant> contestant) {
		return new Entry(key, title, 0, true, contestant);
	}

	static Entry named(String key) {
		return ALL.stream()
			.filter((entry) -> entry.key.equals(key))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no contestant " + key));
	}

}
