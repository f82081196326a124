package com.example.functions;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The function in Python behind a pod, in the runtime interface client of AWS Lambda.
 */
class LambdaTests implements PythonFunctionContract {

	/** The environment that {@code .ci/run} makes. */
	private static final Path PYTHON = Path.of("target", "python", "bin", "python3");

	private static LambdaUrl lambda;

	private static Process client;

	private static TestRelay relay;

	@BeforeAll
	static void start() throws Exception {
		String version = version();
		if (version == null) {
			System.out.println("Not run: the tests of functions in the Lambda runtime of Python, for want of "
					+ "awslambdaric in samples/functions/" + PYTHON);
		}
		assumeThat(version).isNotNull();
		System.out.println("Tests use awslambdaric " + version + " for functions in AWS Lambda");
		lambda = new LambdaUrl();
		ProcessBuilder builder = new ProcessBuilder(PYTHON.toAbsolutePath().toString(), "-m", "awslambdaric",
				"lambda_function.handler")
			.directory(new File("python"))
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD);
		builder.environment()
			.putAll(Map.of("AWS_LAMBDA_RUNTIME_API", lambda.runtimeApi(), "AGENTSOCKET_SECRETS", TestRelay.SECRET,
					"PYTHONDONTWRITEBYTECODE", "1", "AWS_LAMBDA_FUNCTION_NAME", "agentsocket"));
		client = builder.start();
		relay = new TestRelay(lambda.url());
	}

	private static String version() throws IOException {
		if (!Files.isExecutable(PYTHON)) {
			return null;
		}
		Process process = new ProcessBuilder(PYTHON.toAbsolutePath().toString(), "-c",
				"import importlib.metadata as m; print(m.version('awslambdaric'))")
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		process.onExit().orTimeout(1, TimeUnit.MINUTES).exceptionally((late) -> process.destroyForcibly());
		return process.inputReader().readLine();
	}

	@AfterAll
	static void stop() {
		if (relay != null) {
			relay.close();
		}
		if (client != null) {
			client.destroyForcibly();
			lambda.close();
		}
	}

	@Override
	public TestRelay relay() {
		return relay;
	}

	@Test
	void itemsComeInOneAnswer() {
		List<?> items = relay.agent.invoke("numbers.count")
			.arguments(Map.of("count", 3))
			.toFlux(Map.class)
			.collectList()
			.block(TestRelay.PATIENCE);
		assertThat(items).isEqualTo(List.of(Map.of("n", 0), Map.of("n", 1), Map.of("n", 2)));
	}

}
