package com.example.functions;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A function that runs in a process of its own, and tells its port.
 *
 * @param process the process
 * @param port where it listens on loopback
 */
record ChildProcess(Process process, int port) implements AutoCloseable {

	private static final Pattern LISTENING = Pattern.compile("(?:listening on |\"port\":)(\\d+)");

	static ChildProcess java(Class<?> main, Map<String, String> environment, String... arguments) throws IOException {
		List<String> command = new java.util.ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
						"-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), main.getName()));
		command.addAll(List.of(arguments));
		return start(command, environment);
	}

	static ChildProcess start(List<String> command, Map<String, String> environment) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
		builder.environment().putAll(environment);
		Process process = builder.start();
		BufferedReader lines = process.inputReader();
		for (String line = lines.readLine(); line != null; line = lines.readLine()) {
			Matcher told = LISTENING.matcher(line);
			if (told.find()) {
				return new ChildProcess(process, Integer.parseInt(told.group(1)));
			}
			System.out.println(line);
		}
		throw new IOException(command.get(0) + " has ended");
	}

	String url(String path) {
		return "http://127.0.0.1:" + this.port + path;
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
