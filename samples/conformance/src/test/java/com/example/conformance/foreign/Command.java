package com.example.conformance.foreign;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A command of another language's tools, run to its end.
 *
 * @param exit its exit code, or {@value #NOT_STARTED} if there is no such command
 * @param output all lines that it has printed
 */
public record Command(int exit, List<String> output) {

	static final int NOT_STARTED = -1;

	private static final int TAIL = 40;

	/**
	 * Run a command.
	 * @param directory where to run it
	 * @param environment what to add to its environment
	 * @param time how long it may take
	 * @param words the command and its arguments
	 * @return how it ended; one that takes too long is ended and has failed
	 * @throws InterruptedException if this thread is interrupted
	 */
	static Command run(Path directory, Map<String, String> environment, Duration time, List<String> words)
			throws InterruptedException {
		ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true);
		builder.environment().putAll(environment);
		Process process;
		try {
			process = builder.start();
		}
		catch (IOException ex) {
			return new Command(NOT_STARTED, List.of(String.valueOf(ex.getMessage())));
		}
		CompletableFuture<List<String>> output = CompletableFuture.supplyAsync(() -> read(process));
		try {
			process.getOutputStream().close();
			boolean ended = process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
			if (!ended) {
				end(process);
			}
			List<String> lines = output
				.completeOnTimeout(new ArrayList<>(List.of("The output has no end")), 1, TimeUnit.MINUTES)
				.join();
			if (!ended) {
				lines.add("It took more than " + time);
			}
			return new Command(ended ? process.exitValue() : 1, lines);
		}
		catch (IOException ex) {
			return new Command(1, List.of(String.valueOf(ex.getMessage())));
		}
		finally {
			end(process);
		}
	}

	private static void end(Process process) {
		process.descendants().forEach(ProcessHandle::destroyForcibly);
		process.destroyForcibly();
	}

	private static List<String> read(Process process) {
		List<String> lines = new ArrayList<>();
		process.inputReader().lines().forEach(lines::add);
		return lines;
	}

	/**
	 * Whether it succeeded.
	 * @return {@code true} for exit code 0
	 */
	public boolean isGood() {
		return this.exit == 0;
	}

	/**
	 * The end of its output.
	 * @return its last lines
	 */
	public String tail() {
		return String.join("\n", this.output.subList(Math.max(0, this.output.size() - TAIL), this.output.size()));
	}

	String lastLine() {
		return this.output.isEmpty() ? "no output" : this.output.get(this.output.size() - 1).strip();
	}

}
