package com.example.functions;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import tools.jackson.databind.json.JsonMapper;

/**
 * The function {@code report} without Node and without any framework. It does not check
 * signatures, which one that others can reach has to do.
 */
final class PlainReport {

	private static final JsonMapper JSON = JsonMapper.shared();

	private PlainReport() {
	}

	public static void main(String[] args) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.createContext("/", PlainReport::answer);
		server.start();
		System.out.println("listening on " + server.getAddress().getPort());
		while (System.in.read() >= 0) {
			// It ends with the process that has started it.
		}
		System.exit(0);
	}

	private static void answer(HttpExchange exchange) throws IOException {
		Map<?, ?> request = JSON.readValue(exchange.getRequestBody().readAllBytes(), Map.class);
		boolean invoke = "invoke".equals(request.get("type"));
		byte[] body = "\"accepted\"".getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("content-type", "application/json");
		exchange.sendResponseHeaders(invoke ? 200 : 204, invoke ? body.length : -1);
		if (invoke) {
			exchange.getResponseBody().write(body);
			CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS).execute(() -> push(request));
		}
		exchange.close();
	}

	private static void push(Map<?, ?> request) {
		Map<?, ?> callback = (Map<?, ?>) request.get("callback");
		Object topic = ((Map<?, ?>) request.get("arguments")).get("topic");
		Object event = Map.of("event", "report.ready", "payload", topic + ", 3 pages");
		HttpClient.newHttpClient()
			.sendAsync(HttpRequest.newBuilder(URI.create(String.valueOf(callback.get("url"))))
				.header("authorization", "Bearer " + callback.get("token"))
				.header("content-type", "application/json")
				.POST(HttpRequest.BodyPublishers
					.ofString(JSON.writeValueAsString(Map.of("ops", java.util.List.of(event)))))
				.build(), HttpResponse.BodyHandlers.discarding());
	}

}
