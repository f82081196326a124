package io.agentsocket.lambda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.ResultShape;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.function.FunctionAnswer;
import io.agentsocket.function.FunctionEndpoint;
import io.agentsocket.function.IncomingRequest;
import io.agentsocket.lambda.RuntimeApiServer.Answer;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * The loop of a custom runtime, against a small server of the Runtime API.
 */
class LambdaLoopTests {

	private static final Codec JSON = JacksonCodec.json();

	private static final String WARM = LambdaEventsTests.event("{\"v\":1,\"type\":\"warm\"}", false);

	private final ActionCatalog catalog = new ActionCatalog();

	/** The error that has ended the loop. */
	private final CompletableFuture<Throwable> failed = new CompletableFuture<>();

	private RuntimeApiServer api;

	private LambdaLoop loop;

	@BeforeEach
	void serve() throws IOException {
		this.api = new RuntimeApiServer();
	}

	@AfterEach
	void stop() throws IOException {
		this.api.close();
		if (this.loop != null) {
			stopLoop();
		}
	}

	private void stopLoop() {
		CountDownLatch stopped = new CountDownLatch(1);
		this.loop.stop(stopped::countDown);
		Await.until(stopped);
	}

	/** With the actions of the catalog. */
	private void start() {
		start(FunctionEndpoint.builder(this.catalog, JSON, new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT))
			.build()::answer);
	}

	private void start(Function<IncomingRequest, Mono<FunctionAnswer>> function) {
		this.loop = new LambdaLoop(this.api.address(), function, JSON);
		this.loop.start(this.failed::complete);
	}

	private static String invoke(String action) {
		return LambdaEventsTests.event("{\"v\":1,\"type\":\"invoke\",\"action\":\"" + action + "\"}", false);
	}

	@Test
	void requestsAreAnsweredOneAfterTheOther() throws Exception {
		this.catalog.add(Action.named("greet").handler((exchange) -> Mono.just("Hello")));
		start();
		String invoke = "{\"v\":1,\"type\":\"invoke\",\"action\":\"greet\"}";
		for (boolean base64 : List.of(false, true)) {
			this.api.chunked = base64;
			this.api.event(LambdaEventsTests.event(invoke, base64));
			String frame = new String(HexFormat.of().parseHex("4b01072248656c6c6f22"), StandardCharsets.ISO_8859_1);
			Answer answer = this.api.answer();
			assertThat(answer.path()).isEqualTo("/invocation/id-" + (base64 ? 2 : 1) + "/response");
			assertThat(answer.headers()).containsEntry("lambda-runtime-function-response-mode", "streaming")
				.containsEntry("content-type", "application/vnd.awslambda.http-integration-response");
			assertThat(answer.body()).startsWith("{")
				.contains("\"statusCode\":200", "application/vnd.agentsocket.frames")
				.endsWith("}" + "\0".repeat(8) + frame);
			assertThat(answer.trailers()).isEmpty();
		}
		this.api.event("{}");
		assertThat(this.api.answer().body()).contains("\"statusCode\":405");
		this.api.event("no JSON");
		assertThat(this.api.answer().body()).contains("\"statusCode\":405");
		this.api.event(WARM);
		assertThat(this.api.answer().body()).contains("\"statusCode\":204").endsWith("\0".repeat(8));
	}

	@Test
	void answerIsStreamed() throws Exception {
		Sinks.Many<String> pieces = Sinks.many().unicast().onBackpressureBuffer();
		this.catalog.add(Action.named("tell").result(ResultShape.TEXT).handler((exchange) -> pieces.asFlux()));
		start();
		this.api.event(invoke("tell"));
		pieces.tryEmitNext("first");
		Await.until(() -> this.api.coming.indexOf("first") > 0);
		assertThat(this.api.hasNoAnswer()).isTrue();
		pieces.tryEmitNext("second");
		pieces.tryEmitComplete();
		assertThat(this.api.answer().body()).contains("first", "second");
	}

	@Test
	void largeAnswerIsStreamedWhole() throws Exception {
		byte[] piece = new byte[256 * 1024];
		this.catalog.add(Action.named("large")
			.result(ResultShape.BYTES)
			.handler((exchange) -> Flux.range(0, 32).map((n) -> piece)));
		start();
		this.api.event(invoke("large"));
		Answer answer = this.api.answer();
		assertThat(answer.trailers()).isEmpty();
		assertThat(answer.body().length()).isGreaterThan(32 * piece.length);
	}

	@Test
	void answerThatFailsInItsMiddleEndsWithTrailers() throws Exception {
		start((request) -> Mono.just(new FunctionAnswer(200, "text/plain",
				Flux.concat(Flux.just(Bytes.utf8("first")), Mono.error(new IllegalStateException("secret"))))));
		this.api.event(WARM);
		Answer answer = this.api.answer();
		assertThat(answer.path()).endsWith("/response");
		assertThat(answer.headers().get("trailer"))
			.isEqualTo("Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body");
		assertThat(answer.body()).endsWith("first");
		assertThat(answer.trailers()).containsEntry("lambda-runtime-function-error-type", "Function.Unanswered");
		assertThat(JSON.decodeMap(
				Bytes.of(Base64.getDecoder().decode(answer.trailers().get("lambda-runtime-function-error-body")))))
			.containsEntry("errorType", "Function.Unanswered")
			.containsEntry("errorMessage", "The request is not answered");
		this.api.event(WARM);
		assertThat(this.api.answer().path()).isEqualTo("/invocation/id-2/response");
	}

	@Test
	void answerThatDoesNotBeginIsAnError() throws Exception {
		start((request) -> Mono.error(new IllegalStateException("secret")));
		this.api.event(WARM);
		Answer answer = this.api.answer();
		assertThat(answer.path()).isEqualTo("/invocation/id-1/error");
		assertThat(answer.headers()).containsEntry("lambda-runtime-function-error-type", "Function.Unanswered");
		assertThat(answer.body()).contains("The request is not answered").doesNotContain("secret");
	}

	@Test
	void requestThatFailsWithAnErrorDoesNotEndTheLoop() throws Exception {
		AtomicInteger requests = new AtomicInteger();
		start((request) -> {
			if (requests.incrementAndGet() == 1) {
				throw new NoClassDefFoundError("missing");
			}
			return Mono.just(new FunctionAnswer(200, "text/plain", Flux.just(Bytes.utf8("answered"))));
		});
		this.api.event(WARM);
		assertThat(this.api.answer().path()).isEqualTo("/invocation/id-1/error");
		this.api.event(WARM);
		assertThat(this.api.answer().body()).contains("answered");
		assertThat(this.failed).isNotDone();
	}

	@Test
	void invocationWithoutTimeIsCancelledBeforeLambdaEndsTheProcess() throws Exception {
		CountDownLatch cancelled = new CountDownLatch(2);
		start((request) -> (cancelled.getCount() == 2) ? Mono.<FunctionAnswer>never().doOnCancel(cancelled::countDown)
				: Mono.just(new FunctionAnswer(200, "text/plain", Flux.concat(Flux.just(Bytes.utf8("first")),
						Flux.<Bytes>never().doOnCancel(cancelled::countDown)))));
		this.api.millis = 300;
		this.api.event(WARM);
		Answer answer = this.api.answer();
		assertThat(answer.path()).endsWith("/error");
		assertThat(answer.body()).contains("Function.TimedOut");
		this.api.event(WARM);
		answer = this.api.answer();
		assertThat(answer.body()).endsWith("first");
		assertThat(answer.trailers()).containsEntry("lambda-runtime-function-error-type", "Function.TimedOut");
		Await.until(cancelled);
	}

	@Test
	void runtimeApiThatFailsEndsTheLoop() throws Exception {
		start();
		this.api.status = 500;
		this.api.event(WARM);
		assertThat(this.failed.get(Await.LONG.toSeconds(), TimeUnit.SECONDS)).hasMessageContaining("500");
	}

	@Test
	void runtimeApiThatIsGoneEndsTheLoop() throws Exception {
		start();
		this.api.event(WARM);
		this.api.answer();
		this.api.close();
		assertThat(this.failed.get(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(IOException.class);
	}

	@Test
	void answerThatIsRefusedDoesNotEndTheLoop() throws Exception {
		start();
		this.api.status = 413;
		this.api.event(WARM);
		this.api.answer();
		this.api.event(WARM);
		assertThat(this.api.answer().path()).isEqualTo("/invocation/id-2/response");
		assertThat(this.failed).isNotDone();
	}

	@Test
	void connectionsThatEndDoNotEndTheLoop() throws Exception {
		start((request) -> request.method().equals("POST") ? Mono.just(new FunctionAnswer(204, null, Flux.empty()))
				: Mono.error(new IllegalStateException()));
		this.api.event(WARM);
		this.api.answer();
		this.api.closeWhenAsked();
		this.api.event(WARM);
		assertThat(this.api.answer().path()).isEqualTo("/invocation/id-2/response");
		this.api.cut = "/response";
		this.api.event(WARM);
		assertThat(this.api.answer().path()).isEqualTo("cut");
		this.api.cut = "/error";
		this.api.event("{}");
		assertThat(this.api.answer().path()).isEqualTo("cut");
		this.api.event(WARM);
		assertThat(this.api.answer().body()).contains("\"statusCode\":204");
		assertThat(this.failed).isNotDone();
	}

	@Test
	void loopThatStopsAnswersItsRequestToTheEnd() throws Exception {
		Sinks.Many<String> pieces = Sinks.many().unicast().onBackpressureBuffer();
		this.catalog.add(Action.named("tell").result(ResultShape.TEXT).handler((exchange) -> pieces.asFlux()));
		start();
		this.api.event(invoke("tell"));
		this.api.event(WARM);
		pieces.tryEmitNext("first");
		Await.until(() -> this.api.coming.indexOf("first") > 0);
		CountDownLatch stopped = new CountDownLatch(1);
		this.loop.stop(stopped::countDown);
		assertThat(stopped.getCount()).isOne();
		pieces.tryEmitNext("last");
		pieces.tryEmitComplete();
		assertThat(this.api.answer().body()).contains("first", "last");
		Await.until(stopped);
		assertThat(this.api.hasNoAnswer()).isTrue();
		assertThat(this.failed).isNotDone();
	}

	@Test
	void clientThatIsAbortedBeforeItConnectsGetsNothing() throws Exception {
		RuntimeApi client = new RuntimeApi(this.api.address());
		client.abort();
		// Without an event the test would wait when the client does.
		this.api.event(WARM);
		String next = RuntimeApi.INVOCATION + "next";
		assertThatIOException().isThrownBy(() -> client.get(next)).withMessageContaining("No further event");
		assertThat(client.post(RuntimeApi.INVOCATION + "id-0/response", "").end("").status())
			.as("an event that came before is answered")
			.isEqualTo(202);
		client.reset();
		assertThat(client.get(next).status()).isEqualTo(200);
		client.abort();
	}

	@Test
	void loopStartsAfterItWasStopped() throws Exception {
		this.loop = new LambdaLoop(this.api.address(),
				(request) -> Mono.just(new FunctionAnswer(204, null, Flux.empty())), JSON);
		stopLoop();
		this.loop.start(this.failed::complete);
		this.api.event(WARM);
		assertThat(this.api.answer().path()).isEqualTo("/invocation/id-1/response");
		assertThat(this.failed).isNotDone();
	}

	@Test
	void loopThatWaitsStopsAtOnce() throws Exception {
		start();
		this.api.event(WARM);
		this.api.answer();
		stopLoop();
		assertThat(this.failed).isNotDone();
	}

}
