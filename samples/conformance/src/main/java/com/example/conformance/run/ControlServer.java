package com.example.conformance.run;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.example.conformance.app.Pods;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import tools.jackson.databind.json.JsonMapper;

/**
 * The control interface: begins runs of cases, passes commands on, and ends them.
 */
public final class ControlServer implements AutoCloseable {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final HttpServer http;

	private final ExecutorService threads = Executors.newCachedThreadPool((task) -> {
		Thread thread = new Thread(task, "conformance-control");
		thread.setDaemon(true);
		return thread;
	});

	private final Pods pods;

	private final Cases cases;

	private final long seed;

	private final AtomicInteger counter = new AtomicInteger();

	private final Map<String, Run> runs = new ConcurrentHashMap<>();

	/**
	 * Start the interface on a free port of loopback.
	 * @param pods the pods that clients are led to
	 * @param cases the cases
	 * @param seed seed of everything that is random
	 * @throws IOException if there is no port
	 */
	public ControlServer(Pods pods, Cases cases, long seed) throws IOException {
		this.pods = pods;
		this.cases = cases;
		this.seed = seed;
		this.http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
		this.http.setExecutor(this.threads);
		this.http.createContext("/runs", this::handle);
		this.http.start();
	}

	/**
	 * Where it listens.
	 * @return its address
	 */
	public String uri() {
		return "http://127.0.0.1:" + this.http.getAddress().getPort();
	}

	private void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			int status = 200;
			Object answer;
			try {
				String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
				Map<?, ?> request = body.isBlank() ? Map.of() : JSON.readValue(body, Map.class);
				answer = answer(exchange.getRequestURI().getPath().split("/"), request);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return;
			}
			catch (IOException | RuntimeException ex) {
				status = 400;
				answer = Map.of("error", (ex instanceof CaseFailed) ? ex.getMessage() : ex.toString());
			}
			byte[] bytes = JSON.writeValueAsBytes(answer);
			exchange.getResponseHeaders().add("Content-Type", "application/json");
			exchange.sendResponseHeaders(status, bytes.length);
			exchange.getResponseBody().write(bytes);
		}
	}

	private Object answer(String[] path, Map<?, ?> request) throws IOException, InterruptedException {
		if (path.length == 2) {
			return begin(request);
		}
		Run run = (path.length == 4) ? this.runs.get(path[2]) : null;
		if (run == null) {
			throw new CaseFailed("there is no run " + String.join("/", path));
		}
		if (path[3].equals("do")) {
			@SuppressWarnings("unchecked")
			Map<String, ?> command = (Map<String, ?>) request;
			if (command.isEmpty()) {
				throw new CaseFailed("there is no command");
			}
			return run.command(command);
		}
		this.runs.remove(path[2]);
		return run.end(request.get("passed") != Boolean.FALSE);
	}

	private Object begin(Map<?, ?> request) {
		Map<?, ?> found = this.cases.get(String.valueOf(request.get("case")));
		Map<?, ?> server = (found.get("server") instanceof Map<?, ?> map) ? map : Map.of();
		String codec = String.valueOf(request.get("codec"));
		int round = (request.get("round") instanceof Number number) ? number.intValue() : 0;
		if ("redis".equals(server.get("pods")) && this.pods.missing() != null) {
			return Map.of("skip", this.pods.missing());
		}
		Run run = run(server, codec, round);
		String id = Integer.toString(this.counter.incrementAndGet());
		this.runs.put(id, run);
		return Map.of("run", id, "uri", "ws://127.0.0.1:" + run.port() + "/agents");
	}

	private Run run(Map<?, ?> server, String codec, int round) {
		if (server.get("script") != null) {
			return new ScriptRun(server, codec);
		}
		if (server.get("vectors") != null) {
			return ScriptRun.ofVector(new VectorScripts(this.cases.vectors(), codec), codec, round);
		}
		return new ProxyRun(this.pods, server, codec, round, this.seed);
	}

	@Override
	public void close() {
		this.http.stop(0);
		try {
			for (Run run : this.runs.values()) {
				run.end(false);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.threads.shutdownNow();
	}

}
