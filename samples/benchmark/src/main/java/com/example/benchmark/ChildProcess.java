package com.example.benchmark;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Child} as its parent sees it.
 */
final class ChildProcess implements AutoCloseable {

	private final Process process;

	private final BufferedReader output;

	private final Writer input;

	private ChildProcess(Process process) {
		this.process = process;
		this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		this.input = process.outputWriter(StandardCharsets.UTF_8);
	}

	/**
	 * Start a process of this program.
	 * @param prefix what to start it with, such as {@code taskset}
	 * @param jvmArguments arguments of its JVM
	 * @param arguments its own arguments
	 * @return the process, not yet ready
	 */
	static ChildProcess start(List<String> prefix, List<String> jvmArguments, String... arguments) {
		List<String> command = new ArrayList<>(prefix);
		String java = System.getProperty("bench.java", "");
		command.add((java.isBlank() ? System.getProperty("java.home") : java) + File.separator + "bin" + File.separator
				+ "java");
		command.addAll(jvmArguments);
		command.add("-cp");
		command.add(System.getProperty("java.class.path"));
		command.add(Benchmark.class.getName());
		command.addAll(List.of(arguments));
		return start(command);
	}

	/**
	 * Start any process that is driven in the same way.
	 * @param command the command with its arguments
	 * @return the process, not yet ready
	 */
	static ChildProcess start(List<String> command) {
		try {
			return new ChildProcess(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Have it do something and wait for the answer.
	 * @param words what to do
	 * @return the answer
	 */
	String ask(String... words) {
		try {
			this.input.write(String.join(" ", words) + "\n");
			this.input.flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return answer();
	}

	/**
	 * Wait for an answer.
	 * @return the answer
	 */
	String answer() {
		try {
			String line = this.output.readLine();
			while (line != null && !line.startsWith("#")) {
				System.err.println(line);
				line = this.output.readLine();
			}
			if (line == null || line.startsWith("#failed")) {
				throw new IllegalStateException((line != null) ? line : "The process has ended");
			}
			return line.substring(1);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	long pid() {
		return this.process.pid();
	}

	/**
	 * Processor time it has used, as the operating system counts it.
	 * @return user and system time
	 */
	Duration cpu() {
		return this.process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
	}

	@Override
	public void close() {
		try {
			this.input.close();
			if (!this.process.waitFor(20, TimeUnit.SECONDS)) {
				this.process.destroyForcibly();
			}
		}
		catch (IOException ex) {
			this.process.destroyForcibly();
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
	}

}
