package com.example.functions;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A function URL of AWS Lambda and the Runtime API behind it: requests become events of
 * payload format 2.0, which a runtime takes one by one, and its answers become responses.
 */
final class LambdaUrl implements AutoCloseable {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final String INVOCATIONS = "/2018-06-01/runtime/invocation/";

	private static final int BAD_GATEWAY = 502;

	private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

	private final Map<String, Event> open = new ConcurrentHashMap<>();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final HttpServer url = start("/", this::request);

	private final HttpServer runtime = start(INVOCATIONS, this::runtime);

	LambdaUrl() throws IOException {
	}

	private HttpServer start(String path, com.sun.net.httpserver.HttpHandler handler) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.setExecutor(this.threads);
		server.createContext(path, handler);
		server.start();
		return server;
	}

	String url() {
		return "http://127.0.0.1:" + this.url.getAddress().getPort() + "/";
	}

	String runtimeApi() {
		return "127.0.0.1:" + this.runtime.getAddress().getPort();
	}

	private void request(HttpExchange exchange) throws IOException {
		Map<String, String> headers = new LinkedHashMap<>();
		exchange.getRequestHeaders()
			.forEach((name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), String.join(",", values)));
		String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		Event event = new Event(UUID.randomUUID().toString(), JSON.writeValueAsBytes(Map.of("version", "2.0", "rawPath",
				exchange.getRequestURI().getPath(), "headers", headers, "requestContext",
				Map.of("http", Map.of("method", exchange.getRequestMethod())), "body", body, "isBase64Encoded", false)),
				new CompletableFuture<>());
		this.open.put(event.id(), event);
		this.events.add(event);
		try {
			JsonNode answer = event.answer().get(TestRelay.PATIENCE.toSeconds(), TimeUnit.SECONDS);
			byte[] content = Base64.getDecoder().decode(answer.path("body").asString());
			answer.path("headers")
				.properties()
				.forEach((header) -> exchange.getResponseHeaders().set(header.getKey(), header.getValue().asString()));
			int status = answer.path("statusCode").asInt(BAD_GATEWAY);
			exchange.sendResponseHeaders(status, (content.length > 0) ? content.length : -1);
			exchange.getResponseBody().write(content);
		}
		catch (Exception ex) {
			exchange.sendResponseHeaders(BAD_GATEWAY, -1);
		}
		exchange.close();
	}

	private void runtime(HttpExchange exchange) throws IOException {
		String path = exchange.getRequestURI().getPath().substring(INVOCATIONS.length());
		byte[] body = exchange.getRequestBody().readAllBytes();
		if (path.equals("next")) {
			next(exchange);
		}
		else {
			Event event = this.open.remove(path.substring(0, path.indexOf('/')));
			event.answer().complete(path.endsWith("/response") ? JSON.readTree(body) : JSON.createObjectNode());
			exchange.sendResponseHeaders(202, -1);
		}
		exchange.close();
	}

	private void next(HttpExchange exchange) throws IOException {
		try {
			Event event = this.events.take();
			exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", event.id());
			exchange.getResponseHeaders()
				.set("Lambda-Runtime-Deadline-Ms", Long.toString(System.currentTimeMillis() + 60_000));
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.getResponseHeaders().set("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793");
			exchange.getResponseHeaders()
				.set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:1:function:agentsocket");
			exchange.sendResponseHeaders(200, event.body().length);
			exchange.getResponseBody().write(event.body());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		this.url.stop(0);
		this.runtime.stop(0);
		this.threads.shutdownNow();
	}

	private record Event(String id, byte[] body, CompletableFuture<JsonNode> answer) {
	}

}
