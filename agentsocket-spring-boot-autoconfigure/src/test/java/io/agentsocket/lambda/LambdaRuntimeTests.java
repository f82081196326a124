package io.agentsocket.lambda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import io.agentsocket.Await;
import io.agentsocket.TestClassPath;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.lambda.RuntimeApiServer.Answer;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.WebhookSignature;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A function in a process of its own, below the runtime interface client of AWS and below
 * the loop that streams. The client of AWS has native code for Linux only.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(300)
class LambdaRuntimeTests {

	private static final Codec JSON = JacksonCodec.json();

	@TempDir
	Path directory;

	private RuntimeApiServer api;

	private Process process;

	@BeforeEach
	void serve() throws IOException {
		this.api = new RuntimeApiServer();
	}

	@AfterEach
	void stop() throws Exception {
		this.process.destroyForcibly().waitFor();
		this.api.close();
	}

	@Test
	void handlerAnswersEachEventWithOneApplication() throws Exception {
		start(Map.of("MAIN_CLASS", LambdaApplication.class.getName(), "AGENTSOCKET_FUNCTION_SECRETS",
				LambdaApplication.SECRET), AWSLambda.class.getName(), LambdaHandler.class.getName());
		for (int i = 1; i <= 2; i++) {
			Map<String, Object> answer = answerTo(200, () -> signed("greet", "{\"name\":\"Ann\"}"));
			assertThat(answer).containsEntry("headers", Map.of("content-type", "application/vnd.agentsocket.frames"));
			assertThat(body(answer)).contains("\"Hello Ann\"");
		}
		assertThat(body(answerTo(200, () -> signed("starts", "{}")))).endsWith("1");
		answerTo(400, () -> signed("greet", "{}"));
		this.api.event(LambdaEventsTests.event("{\"v\":1,\"type\":\"warm\"}", false));
		assertThat(answer()).containsEntry("statusCode", 401);
		this.api.event("\"no event of a function URL\"");
		assertThat(answer()).containsEntry("statusCode", 405);
		assertThat(endsWhenAsked()).isTrue();
	}

	@Test
	@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes ten seconds of a core")
	void handlerAnswersBeforeLambdaLosesPatience() throws Exception {
		start(Map.of(), AWSLambda.class.getName(), LambdaApplication.Handler.class.getName());
		this.api.event(signed("large", "{}"));
		Map<String, Object> answer = answer();
		assertThat(answer).containsEntry("statusCode", 500)
			.containsEntry("headers", Map.of("content-type", "application/problem+json"));
		assertThat(body(answer)).contains("\"code\":36");
		this.api.millis = 1_000;
		this.api.event(signed("slow", "{}"));
		assertThat(answer()).containsEntry("statusCode", 504);
		this.api.millis = 60_000;
		this.api.event(signed("greet", "{\"name\":\"Bob\"}"));
		assertThat(body(answer())).contains("\"Hello Bob\"");
	}

	@Test
	@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes ten seconds of a core")
	void applicationThatDoesNotStartIsToldToLambda() throws Exception {
		start(Map.of(), AWSLambda.class.getName(), LambdaApplication.Broken.class.getName());
		Answer answer = this.api.answer();
		assertThat(answer.path()).isEqualTo("/init/error");
		assertThat(this.process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(this.process.exitValue()).isNotZero();
	}

	@Test
	void handlerWithoutMainClassSaysSo() throws Exception {
		start(Map.of(), AWSLambda.class.getName(), LambdaHandler.class.getName());
		assertThat(this.api.answer().body()).contains("MAIN_CLASS");
	}

	@Test
	void loopStreamsAndEndsWhenAsked() throws Exception {
		start(Map.of(), LambdaApplication.class.getName(), "--agentsocket.function.enabled=true",
				"--agentsocket.function.lambda=true", "--agentsocket.function.secrets=" + LambdaApplication.SECRET);
		this.api.event(signed("greet", "{\"name\":\"Ann\"}"));
		Answer answer = this.api.answer();
		assertThat(answer.headers()).containsEntry("lambda-runtime-function-response-mode", "streaming");
		assertThat(answer.body()).contains("\"statusCode\":200", "\"Hello Ann\"");
		this.api.event(signed("large", "{}"));
		answer = this.api.answer();
		assertThat(answer.trailers()).isEmpty();
		assertThat(answer.body().length()).isGreaterThan(8_000_000);
		assertThat(endsWhenAsked()).isTrue();
	}

	@Test
	@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes ten seconds of a core")
	void loopEndsItsProcessWhenTheRuntimeApiIsGone() throws Exception {
		start(Map.of(), LambdaApplication.class.getName(), "--agentsocket.function.enabled=true",
				"--agentsocket.function.lambda=true", "--agentsocket.function.unsigned=true");
		this.api.event(LambdaEventsTests.event("{\"v\":1,\"type\":\"warm\"}", false));
		assertThat(this.api.answer().body()).contains("204");
		this.api.close();
		assertThat(this.process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(this.process.exitValue()).isOne();
	}

	/** By the signal with which Lambda ends a process. */
	private boolean endsWhenAsked() throws InterruptedException {
		this.process.destroy();
		return this.process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS);
	}

	private void start(Map<String, String> environment, String... arguments) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
						"-XX:+UseSerialGC", "-Xmx256m", "-cp", TestClassPath.with()));
		command.addAll(List.of(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(Files.createTempFile(this.directory, "output", ".txt").toFile());
		builder.environment().put("AWS_LAMBDA_RUNTIME_API", this.api.address());
		builder.environment().put("AWS_LAMBDA_FUNCTION_NAME", "f");
		builder.environment().put("AWS_LAMBDA_FUNCTION_VERSION", "1");
		builder.environment().put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512");
		builder.environment().putAll(environment);
		this.process = builder.start();
	}

	private static String signed(String action, String arguments) {
		String body = "{\"v\":1,\"type\":\"invoke\",\"action\":\"" + action + "\",\"arguments\":" + arguments + "}";
		String id = WebhookSignature.newId();
		long now = Instant.now().getEpochSecond();
		return LambdaEventsTests.event(body, true,
				Map.of("content-type", "application/json", "webhook-id", id, "webhook-timestamp", String.valueOf(now),
						"webhook-signature",
						new WebhookSignature(List.of(LambdaApplication.SECRET)).sign(id, now, Bytes.utf8(body))));
	}

	private Map<String, Object> answer() throws InterruptedException {
		Answer answer = this.api.answer();
		assertThat(answer.path()).as(answer.body()).endsWith("/response");
		return JSON.decodeMap(Bytes.of(answer.body().getBytes(StandardCharsets.ISO_8859_1)));
	}

	/** An invocation has a minute, in which a machine that stands still does nothing. */
	private Map<String, Object> answerTo(int status, Supplier<String> event) throws InterruptedException {
		Map<String, Object> answer = Map.of();
		for (int i = 0; i < 3; i++) {
			this.api.event(event.get());
			answer = answer();
			if (Objects.equals(answer.get("statusCode"), status)) {
				return answer;
			}
		}
		assertThat(answer).containsEntry("statusCode", status);
		return answer;
	}

	private static String body(Map<String, Object> answer) {
		return new String(Base64.getDecoder().decode((String) answer.get("body")), StandardCharsets.UTF_8);
	}

}
