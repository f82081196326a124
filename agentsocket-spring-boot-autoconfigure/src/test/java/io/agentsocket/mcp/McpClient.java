package io.agentsocket.mcp;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client of MCP that sends what a test wants, right or wrong.
 */
final class McpClient {

	static final String STATELESS = "2026-07-28";

	private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final URI uri;

	McpClient(int port) {
		this.uri = URI.create("http://127.0.0.1:" + port + "/mcp");
	}

	/** The parameters of a request of the stateless revision. */
	static Map<String, Object> params(Map<String, Object> more) {
		return params(more, Map.of());
	}

	static Map<String, Object> params(Map<String, Object> more, Map<String, Object> meta) {
		Map<String, Object> all = new LinkedHashMap<>(Map.of("io.modelcontextprotocol/protocolVersion", STATELESS,
				"io.modelcontextprotocol/clientInfo", Map.of("name", "test", "version", "1"),
				"io.modelcontextprotocol/clientCapabilities", Map.of("elicitation", Map.of())));
		all.putAll(meta);
		Map<String, Object> params = new LinkedHashMap<>(more);
		params.put("_meta", all);
		return params;
	}

	static String message(String method, Map<String, Object> params) {
		return json(Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", params));
	}

	static String json(Object value) {
		return JsonMapper.shared().writeValueAsString(value);
	}

	static Map<String, String> headers(String method, String name) {
		Map<String, String> headers = new LinkedHashMap<>();
		headers.put("MCP-Protocol-Version", STATELESS);
		headers.put("Mcp-Method", method);
		if (name != null) {
			headers.put("Mcp-Name", name);
		}
		return headers;
	}

	/** Calls a tool as the stateless revision says. */
	Answer call(String tool, Map<String, Object> arguments) {
		return call(tool, Map.of("arguments", arguments), Map.of(), Map.of());
	}

	Answer call(String tool, Map<String, Object> more, Map<String, Object> meta, Map<String, String> headers) {
		Map<String, Object> params = new LinkedHashMap<>(more);
		params.put("name", tool);
		Map<String, String> all = headers("tools/call", tool);
		all.putAll(headers);
		return post(message("tools/call", params(params, meta)), all);
	}

	/** Sends a request of a revision with a handshake. */
	Answer old(String method, Map<String, Object> params) {
		return post(message(method, params), Map.of("MCP-Protocol-Version", "2025-11-25"));
	}

	Answer post(String body, Map<String, String> headers) {
		try {
			HttpResponse<String> response = this.http.send(request(body, headers), BodyHandlers.ofString());
			return new Answer(response.statusCode(), response.headers().firstValue("content-type").orElse(""),
					response.body());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Opens a stream, to be closed by the test. */
	InputStream open(String body, Map<String, String> headers) {
		try {
			return this.http.send(request(body, headers), BodyHandlers.ofInputStream()).body();
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	HttpClient http() {
		return this.http;
	}

	HttpRequest request(String body, Map<String, String> headers) {
		HttpRequest.Builder request = HttpRequest.newBuilder(this.uri).timeout(Await.LONG);
		Map<String, String> all = new LinkedHashMap<>();
		all.put("Content-Type", "application/json");
		all.put("Accept", "application/json, text/event-stream");
		all.putAll(headers);
		all.forEach((name, value) -> {
			if (!value.isEmpty()) {
				request.header(name, value);
			}
		});
		return request.POST(BodyPublishers.ofString(body, StandardCharsets.UTF_8)).build();
	}

	/** An answer as it came. */
	record Answer(int status, String type, String body) {

		boolean isStream() {
			return this.type.startsWith("text/event-stream");
		}

		/** The messages, of a stream or of a body. */
		List<JsonNode> messages() {
			List<JsonNode> messages = new ArrayList<>();
			if (!isStream()) {
				messages.add(JsonMapper.shared().readTree(this.body));
				return messages;
			}
			for (String line : this.body.split("\n")) {
				if (line.startsWith("data: ")) {
					messages.add(JsonMapper.shared().readTree(line.substring(6)));
				}
			}
			return messages;
		}

		JsonNode message() {
			List<JsonNode> messages = messages();
			return messages.get(messages.size() - 1);
		}

		JsonNode result() {
			return message().path("result");
		}

		JsonNode error() {
			return message().path("error");
		}

		int code() {
			return error().path("code").asInt();
		}

		String text() {
			return result().path("content").path(0).path("text").asString();
		}

	}

}
