package io.agentsocket.function;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.ResultShape;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The loop of a custom runtime, against a small server of the Runtime API.
 */
class LambdaLoopTests {

	private static final Codec JSON = JacksonCodec.json();

	private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

	private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

	private final ActionCatalog catalog = new ActionCatalog();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	/** Text of the answer that is under way. */
	private final StringBuffer coming = new StringBuffer();

	/** Status of the next answer to a POST. */
	private volatile int status = 202;

	/** Whether the next POST of an error is cut off. */
	private volatile boolean cut;

	/** The error that has ended the loop. */
	private final CompletableFuture<Throwable> failed = new CompletableFuture<>();

	private HttpServer api;

	private Disposable loop;

	@BeforeEach
	void start() throws IOException {
		this.api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.api.setExecutor(this.threads);
		this.api.createContext("/2018-06-01/runtime/invocation/", this::handle);
		this.api.start();
		FunctionEndpoint endpoint = FunctionEndpoint
			.builder(this.catalog, JSON, new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT))
			.build();
		this.loop = new LambdaLoop("127.0.0.1:" + this.api.getAddress().getPort(), endpoint, JSON).run()
			.subscribe(null, this.failed::complete);
	}

	@AfterEach
	void stop() {
		this.loop.dispose();
		this.api.stop(0);
		this.threads.shutdownNow();
	}

	private void handle(HttpExchange exchange) throws IOException {
		String path = exchange.getRequestURI().getPath();
		if (path.endsWith("/next")) {
			try {
				byte[] event = this.events.take().getBytes(StandardCharsets.UTF_8);
				exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", "id-1");
				exchange.sendResponseHeaders(200, event.length);
				exchange.getResponseBody().write(event);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
		else {
			ByteArrayOutputStream body = new ByteArrayOutputStream();
			this.coming.setLength(0);
			for (int octet = exchange.getRequestBody().read(); octet >= 0; octet = exchange.getRequestBody().read()) {
				body.write(octet);
				this.coming.append((char) octet);
			}
			if (this.cut && path.endsWith("/error")) {
				this.answers.add("cut");
				exchange.close();
				return;
			}
			exchange.sendResponseHeaders(this.status, -1);
			this.answers.add(path.substring(path.lastIndexOf("/id-1/")) + " "
					+ exchange.getRequestHeaders().getFirst("Lambda-Runtime-Function-Response-Mode") + " "
					+ body.toString(StandardCharsets.ISO_8859_1));
		}
		exchange.close();
	}

	private String answer() throws InterruptedException {
		return this.answers.poll(Await.LONG.toSeconds(), TimeUnit.SECONDS);
	}

	private static String event(String body, boolean base64) {
		String sent = base64 ? Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8)) : body;
		return JSON.encodeMap(Map.of("version", "2.0", "requestContext", Map.of("http", Map.of("method", "POST")),
				"headers", Map.of("content-type", "application/json"), "body", sent, "isBase64Encoded", base64))
			.toUtf8();
	}

	@Test
	void requestsAreAnsweredOneAfterTheOther() throws Exception {
		this.catalog.add(Action.named("greet").handler((exchange) -> Mono.just("Hello")));
		String invoke = "{\"v\":1,\"type\":\"invoke\",\"action\":\"greet\"}";
		for (boolean base64 : List.of(false, true)) {
			this.events.add(event(invoke, base64));
			String frame = new String(HexFormat.of().parseHex("4b01072248656c6c6f22"), StandardCharsets.ISO_8859_1);
			assertThat(answer()).startsWith("/id-1/response streaming {")
				.contains("\"statusCode\":200", "application/vnd.agentsocket.frames")
				.endsWith("}" + "\0".repeat(8) + frame);
		}
		this.events.add("{}");
		assertThat(answer()).contains("\"statusCode\":405");
		this.events.add("no JSON");
		assertThat(answer()).contains("\"statusCode\":405");
		this.events.add(event("{\"v\":1,\"type\":\"warm\"}", false));
		assertThat(answer()).contains("\"statusCode\":204").endsWith("\0".repeat(8));
	}

	@Test
	void runtimeApiThatFailsEndsTheLoop() throws Exception {
		this.status = 500;
		this.events.add(event("{\"v\":1,\"type\":\"warm\"}", false));
		assertThat(this.failed.get(Await.LONG.toSeconds(), TimeUnit.SECONDS)).hasMessageContaining("500");
	}

	@Test
	void errorThatIsNotToldDoesNotEndTheLoop() throws Exception {
		this.status = 500;
		this.cut = true;
		this.events.add(event("{\"v\":1,\"type\":\"warm\"}", false));
		assertThat(answer()).startsWith("/id-1/response");
		assertThat(answer()).isEqualTo("cut");
		this.status = 202;
		this.events.add(event("{\"v\":1,\"type\":\"warm\"}", false));
		String next = answer();
		// The client may try a POST once more that was cut off.
		while (next.equals("cut")) {
			next = answer();
		}
		assertThat(next).contains("\"statusCode\":204");
		assertThat(this.failed).isNotDone();
	}

	@Test
	void answerIsStreamed() throws Exception {
		Sinks.Many<String> pieces = Sinks.many().unicast().onBackpressureBuffer();
		this.catalog.add(Action.named("tell").result(ResultShape.TEXT).handler((exchange) -> pieces.asFlux()));
		this.events.add(event("{\"v\":1,\"type\":\"invoke\",\"action\":\"tell\"}", false));
		pieces.tryEmitNext("first");
		Await.until(() -> this.coming.indexOf("first") > 0);
		assertThat(this.answers).isEmpty();
		pieces.tryEmitNext("second");
		pieces.tryEmitComplete();
		assertThat(answer()).contains("first", "second");
	}

}
