package io.agentsocket.autoconfigure.aot;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.example.redis.LocalRedis;
import io.agentsocket.Await;
import io.agentsocket.TestClassPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.aot.agent.RecordedInvocation;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application is processed ahead of time as its build does it, what comes out is
 * compiled, and it runs with that, in a process of its own. An agent of the JVM sees what
 * is called by reflection there, so that nothing is called that a native image would not
 * know.
 */
@Timeout(1200)
@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes a minute of a core")
class AheadOfTimeTests {

	/**
	 * Packages whose calls by reflection are recorded. Not all of Spring: the agent fails
	 * where somebody looks at the class of a lambda expression.
	 */
	private static final List<String> CALLERS = List.of("io.agentsocket", "org.springframework.expression",
			"org.springframework.aop", "tools.jackson", "com.fasterxml", "com.github.victools", "com.networknt",
			"org.hibernate.validator", "org.springframework.ai.tool.support");

	/**
	 * The agent makes the start many times slower, and on a machine that builds other
	 * things beside it takes minutes.
	 */
	private static final Duration LIMIT = Await.LONG.multipliedBy(8);

	@TempDir
	Path directory;

	/**
	 * Sessions in memory need less; with those the quickstart runs, processed as here.
	 */
	@Test
	void runsWithSessionsInRedis() throws Exception {
		List<String> results;
		try (LocalRedis redis = LocalRedis.open()) {
			results = process(List.of("--agentsocket.session.store=redis", "--spring.data.redis.host=" + redis.host(),
					"--spring.data.redis.port=" + redis.port(), "--agentsocket.console.enabled=true",
					"--agentsocket.client.uri=ws://127.0.0.1:9/agentsocket",
					"--agentsocket.functions.echo.url=http://127.0.0.1:9/",
					"--agentsocket.functions.echo.actions[0].name=echo", "--agentsocket.mcp.enabled=true",
					"--agentsocket.spring-ai.offer-tools=true"));
		}
		assertThat(results)
			.contains("weather Weather[place=Place[city=Rome], sky=CLEAR]", "area 4.0", "tokens [a, b]", "ask Oregon",
					"approved Rome", "secured allowed", "moved Place[city=Oslo]", "console 200 true",
					"plan Trip[to=Rome, days=3]", "loud hey!", "echo {text=hello}", "listed 200 true",
					"called 200 true", "operated true", "modelled {\"place\":{\"city\":\"Bern\"},\"sky\":\"CLEAR\"}")
			.anyMatch((line) -> line.startsWith("actions ") && line.contains("weather") && !line.contains("unseen"))
			.anyMatch((line) -> line.startsWith("many error 3") && line.contains("/count"));
	}

	@Test
	void runsAsAFunction() throws Exception {
		List<String> results = process(List.of("--agentsocket.function.enabled=true",
				"--agentsocket.function.unsigned=true", "--agentsocket.spring-ai.offer-tools=true"));
		assertThat(results).containsExactlyInAnyOrder("described 200 true", "weather 200 true", "area 200 true",
				"tokens 200 true", "ask 200 true", "approved 200 true", "secured 200 true", "plan 200 true",
				"loud 200 true", "echo 200 true", "many 400 true");
	}

	/**
	 * Processes the application, runs it, and checks that it needs no hint that it lacks.
	 * @return what it has tried out
	 */
	private List<String> process(List<String> properties) throws Exception {
		List<String> arguments = new ArrayList<>(properties);
		arguments.addAll(List.of("--spring.main.web-application-type=reactive", "--server.port=0",
				"--server.address=127.0.0.1", "--management.endpoints.web.exposure.include=*"));
		Path sources = this.directory.resolve("sources");
		Path resources = this.directory.resolve("resources");
		Path classes = this.directory.resolve("classes");
		Files.createDirectories(classes);
		Files.createDirectories(resources);
		List<String> output = run(Stream.concat(
				Stream.of("-javaagent:" + agent() + "=" + String.join(",", CALLERS.stream().map("+"::concat).toList()),
						"-cp", TestClassPath.with(classes, resources), HintsProbe.class.getName(), sources.toString(),
						resources.toString(), classes.toString()),
				arguments.stream())
			.toList());
		assertThat(output).anyMatch((line) -> line.contains("Starting AOT-processed AheadOfTimeApplication"));
		assertThat(output).filteredOn((line) -> line.contains(HintsProbe.MISSING)).isEmpty();
		return output.stream()
			.filter((line) -> line.contains(AheadOfTimeApplication.RESULT))
			.map((line) -> line.replaceFirst(".*" + AheadOfTimeApplication.RESULT, ""))
			.toList();
	}

	private static Path agent() throws Exception {
		return Path.of(RecordedInvocation.class.getProtectionDomain().getCodeSource().getLocation().toURI());
	}

	private List<String> run(List<String> arguments) throws Exception {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
						"-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m", "-XX:+UseSerialGC"));
		command.addAll(arguments);
		Path output = Files.createTempFile(this.directory, "output", ".txt");
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
		try {
			boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
			List<String> lines = Files.readAllLines(output);
			assertThat(ended).as(() -> "ended within " + LIMIT + ":\n" + String.join("\n", lines)).isTrue();
			assertThat(process.exitValue()).as(() -> "exit status after\n" + String.join("\n", lines)).isZero();
			return lines;
		}
		finally {
			process.destroyForcibly();
		}
	}

}
