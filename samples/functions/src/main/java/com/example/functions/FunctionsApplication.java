package com.example.functions;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import com.sun.net.httpserver.HttpServer;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A relay and three functions: one with Spring in a JVM of its own, one in Node (or,
 * where there is none, in a plain JVM), and one of five lines. Then an agent shows what
 * it sees of them.
 */
public final class FunctionsApplication {

	private static final String SECRET = "whsec_c2FtcGxlcy9mdW5jdGlvbnMgaGFzIG5vIHNlY3JldHM=";

	private FunctionsApplication() {
	}

	public static void main(String[] args) throws Exception {
		run();
		System.exit(0);
	}

	static void run() throws Exception {
		Map<String, String> secrets = Map.of("AGENTSOCKET_SECRETS", SECRET);
		HttpServer weather = fiveLines();
		try (ChildProcess shop = ChildProcess.java(ShopFunction.class, Map.of("FUNCTION_SECRET", SECRET),
				"--server.port=0"); ChildProcess report = report(secrets)) {
			// The relay tells functions its own address, so it has to be known before the
			// start.
			try (ConfigurableApplicationContext relay = FreePort
				.use((port) -> new SpringApplicationBuilder(Relay.class).properties("spring.config.name=relay")
					.run("--server.port=" + port, "--function.secret=" + SECRET, "--shop.url=" + shop.url("/shop"),
							"--report.url=" + report.url("/"),
							"--weather.url=http://127.0.0.1:" + weather.getAddress().getPort() + "/"))) {
				new FunctionsAgent(relay.getEnvironment().getRequiredProperty("local.server.port"), shop).run();
			}
		}
		finally {
			weather.stop(0);
		}
	}

	/** The smallest function: whatever is asked, the answer is one JSON value. */
	private static HttpServer fiveLines() throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.createContext("/", (exchange) -> {
			byte[] body = "{\"temp\": 21.5}".getBytes(StandardCharsets.UTF_8);
			exchange.getRequestBody().readAllBytes();
			exchange.getResponseHeaders().set("content-type", "application/json");
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		return server;
	}

	private static ChildProcess report(Map<String, String> secrets) throws IOException {
		try {
			Path worker = worker();
			ChildProcess node = ChildProcess.start(List.of("node", worker.toString()), secrets);
			System.out.println("The function report runs in Node.");
			return node;
		}
		catch (IOException ex) {
			System.out.println("The function report runs in a plain JVM: " + ex.getMessage());
			return ChildProcess.java(PlainReport.class, secrets);
		}
	}

	/** From the folder of the sample, or from that of the whole project. */
	private static Path worker() throws IOException {
		for (String folder : List.of("", "samples/functions")) {
			Path file = Path.of(folder, "src", "main", "node", "report.mjs");
			if (Files.exists(file)) {
				return file.toAbsolutePath();
			}
		}
		throw new IOException("report.mjs is not here");
	}

	/** The pod. It has no tools of its own. */
	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Relay {

	}

}
