package com.example.benchmark;

import java.util.List;
import java.util.function.Supplier;

import com.example.benchmark.agentsocket.AgentSocketContestant;
import com.example.benchmark.grpc.GrpcContestant;
import com.example.benchmark.http.HttpContestant;
import com.example.benchmark.mcp.McpContestant;
import com.example.benchmark.raw.RawContestant;
import com.example.benchmark.rsocket.RSocketContestant;

/**
 * A line-up of contestants.
 *
 * @param key its name in options and in the JSON file
 * @param title its name in the table
 * @param idle whether it is one of those whose idle connections are measured by default
 * @param redis whether its server needs a Redis
 * @param contestant creates the contestant, in its own process
 */
record Entry(String key, String title, boolean idle, boolean redis, Supplier<Contestant> contestant) {

	/** What all others are compared with. */
	static final String BASE = "raw";

	/** All of them, in the order of the table. */
	static final List<Entry> ALL = List.of(of(BASE, "raw echo", true, RawContestant::new),
			of("agentsocket-cbor", "Agent Socket, CBOR", true, () -> new AgentSocketContestant("cbor", false)),
			of("agentsocket-cbor-direct", "Agent Socket, CBOR, non-blocking hint", false,
					() -> new AgentSocketContestant("cbor", true)),
			of("agentsocket-json", "Agent Socket, JSON", false, () -> new AgentSocketContestant("json", false)),
			of("agentsocket-json-direct", "Agent Socket, JSON, non-blocking hint", false,
					() -> new AgentSocketContestant("json", true)),
			of("rsocket-ws", "RSocket, WebSocket", true, () -> new RSocketContestant(true)),
			of("rsocket-tcp", "RSocket, TCP", false, () -> new RSocketContestant(false)),
			of("grpc-bidi", "gRPC, one bidirectional stream", true, () -> new GrpcContestant(true)),
			of("grpc-unary", "gRPC, unary", false, () -> new GrpcContestant(false)),
			of("mcp-streamable-sync", "MCP, streamable, sync", true, () -> new McpContestant(false, false)),
			of("mcp-streamable-async", "MCP, streamable, async", false, () -> new McpContestant(false, true)),
			of("mcp-stateless-sync", "MCP, stateless, sync", false, () -> new McpContestant(true, false)),
			of("mcp-stateless-async", "MCP, stateless, async", false, () -> new McpContestant(true, true)),
			of("http", "JSON over HTTP", true, HttpContestant::new));

	private static Entry of(String key, String title, boolean idle, Supplier<Contestant> contestant) {
		return new Entry(key, title, idle, false, contestant);
	}

	static Entry named(String key) {
		return ALL.stream()
			.filter((entry) -> entry.key.equals(key))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no contestant " + key));
	}

}
