package com.example.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplicationAotProcessor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample runs with what Spring makes of it ahead of time, on the JVM and, where
 * GraalVM is there, as a native image.
 */
class AheadOfTimeTests {

	private static final Log logger = LogFactory.getLog(AheadOfTimeTests.class);

	/** The last line of what the agent of the sample prints. */
	private static final String END = "Try the actions by hand";

	private static final long RUN_SECONDS = 180;

	/** A native image takes minutes, and gigabytes. */
	private static final long BUILD_SECONDS = 1800;

	@TempDir
	Path directory;

	private Path classes;

	private Path resources;

	@Test
	@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes twenty seconds of a core")
	void runsOnTheJvm() throws Exception {
		process();
		List<String> command = java("-Dspring.aot.enabled=true", "-cp", classPath(this.classes, this.resources),
				QuickstartApplication.class.getName(), "--server.port=0", "--server.address=127.0.0.1");
		assertThat(talk(command)).contains("Starting AOT-processed QuickstartApplication");
	}

	@Test
	void runsAsNativeImage() throws Exception {
		Path compiler = Path.of(System.getProperty("java.home"), "bin", "native-image");
		boolean present = Files.isExecutable(compiler);
		if (!present) {
			logger.warn("Not run: the native image of the quickstart, as the JDK of this build has no native-image");
		}
		Assumptions.assumeTrue(present, "no GraalVM");
		process();
		Path image = this.directory.resolve("quickstart");
		Process build = start(List.of(compiler.toString(), "--no-fallback", "-cp",
				classPath(this.classes, this.resources), "-o", image.toString(), QuickstartApplication.class.getName()),
				"build.txt");
		assertThat(build.waitFor(BUILD_SECONDS, TimeUnit.SECONDS)).isTrue();
		assertThat(build.exitValue()).as(() -> output("build.txt")).isZero();
		talk(List.of(image.toString(), "--server.port=0", "--server.address=127.0.0.1"));
	}

	private void process() throws Exception {
		Path sources = this.directory.resolve("sources");
		this.resources = this.directory.resolve("resources");
		this.classes = Files.createDirectories(this.directory.resolve("classes"));
		Process processor = start(java("-cp", classPath(), SpringApplicationAotProcessor.class.getName(),
				QuickstartApplication.class.getName(), sources.toString(), this.resources.toString(),
				this.classes.toString(), "com.example", "quickstart"), "processor.txt");
		assertThat(processor.waitFor(RUN_SECONDS, TimeUnit.SECONDS)).isTrue();
		assertThat(processor.exitValue()).as(() -> output("processor.txt")).isZero();
		List<String> options = new ArrayList<>(
				List.of("-nowarn", "-proc:none", "-d", this.classes.toString(), "-cp", classPath(this.classes)));
		try (Stream<Path> files = Files.walk(sources)) {
			files.map(Path::toString).filter((name) -> name.endsWith(".java")).forEach(options::add);
		}
		assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, options.toArray(String[]::new))).isZero();
	}

	/** Let the agent of the sample say all it has to say. */
	private String talk(List<String> command) throws Exception {
		Process application = start(command, "application.txt");
		try {
			long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(RUN_SECONDS);
			while (!output("application.txt").contains(END) && application.isAlive() && System.nanoTime() < end) {
				application.waitFor(200, TimeUnit.MILLISECONDS);
			}
		}
		finally {
			application.destroyForcibly().waitFor();
		}
		String output = output("application.txt");
		assertThat(output).contains("weather.current -> Weather[city=Berlin, temperature=21.5")
			.contains("agents talk over one open socket and listen")
			.contains("/guests", "/day", "/email")
			.contains("Weather[city=Springfield, OREGON")
			.contains("shop.buy -> bought")
			.contains(END);
		return output;
	}

	private Process start(List<String> command, String output) throws IOException {
		return new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(this.directory.resolve(output).toFile())
			.start();
	}

	private String output(String name) {
		try {
			return Files.readString(this.directory.resolve(name));
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	/** A JVM that lives for seconds, for which the first compiler is enough. */
	private static List<String> java(String... arguments) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
						"-XX:+UseSerialGC"));
		command.addAll(List.of(arguments));
		return command;
	}

	/** The class path of the application: that of the tests, without the tests. */
	private static String classPath(Path... first) {
		String separator = System.getProperty("path.separator");
		List<String> entries = new ArrayList<>(Arrays.stream(first).map(Path::toString).toList());
		Arrays.stream(System.getProperty("java.class.path").split(separator))
			.filter((entry) -> !entry.endsWith("test-classes"))
			.forEach(entries::add);
		return String.join(separator, entries);
	}

}
