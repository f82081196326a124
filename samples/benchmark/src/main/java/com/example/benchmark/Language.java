package com.example.benchmark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * A language that has a client of Agent Socket, and a program below {@code clients} that
 * is driven like a {@link Child}.
 */
enum Language {

	/** In this build, so it needs nothing. */
	JAVA("Java") {

		@Override
		List<List<String>> preparation() {
			return List.of();
		}

		@Override
		ChildProcess start(Cores cores, Wire wire, int port) {
			return ChildProcess.start(cores.start(CLIENT_PLACE), CLIENT_JVM, "client", wire.entry(),
					Integer.toString(port));
		}

	},

	/** Needs Node and npm. */
	JAVASCRIPT("JavaScript") {

		@Override
		List<List<String>> preparation() {
			return List.of(List.of("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"));
		}

		@Override
		List<String> command() {
			return List.of("node", "--expose-gc", directory().resolve("speed.mjs").toString());
		}

	},

	/** Needs Python 3.11, for the client of MCP. */
	PYTHON("Python") {

		@Override
		List<List<String>> preparation() {
			return List.of(List.of("python3", "-m", "venv", TARGET.resolve("python").toString()),
					List.of(TARGET.resolve("python/bin/pip").toString(), "install", "-q", "--disable-pip-version-check",
							"-r", "requirements.txt"));
		}

		@Override
		List<String> command() {
			return List.of(TARGET.resolve("python/bin/python").toString(), directory().resolve("speed.py").toString());
		}

	},

	/** Needs Cargo. */
	RUST("Rust") {

		@Override
		List<List<String>> preparation() {
			return List.of(List.of("../../../clients/rust/cargo-lock.sh", "."),
					List.of("cargo", "build", "-q", "--locked", "--release"));
		}

		@Override
		List<String> command() {
			return List.of(TARGET.resolve("rust/release/agentsocket-sample-speed").toString());
		}

	};

	/** Servers are at even places, clients at odd ones. */
	private static final int CLIENT_PLACE = 1;

	/** A heap that is as large as what is in it, so that memory can be compared. */
	private static final List<String> CLIENT_JVM = List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:MinHeapFreeRatio=5",
			"-XX:MaxHeapFreeRatio=10");

	private static final Path SOURCES = Path.of("clients").toAbsolutePath();

	private static final Path TARGET = Path.of("target", "clients").toAbsolutePath();

	/** For Rust with all that it depends on, on a busy machine. */
	private static final int PREPARATION_MINUTES = 20;

	private final String title;

	Language(String title) {
		this.title = title;
	}

	String title() {
		return this.title;
	}

	/** Commands that install what the program needs, by its lock file. */
	abstract List<List<String>> preparation();

	List<String> command() {
		throw new UnsupportedOperationException();
	}

	Path directory() {
		return SOURCES.resolve(name().toLowerCase(Locale.ROOT));
	}

	/**
	 * Install what the program needs.
	 * @return why it cannot be run, or {@code null}
	 */
	@Nullable String missing() throws IOException, InterruptedException {
		Files.createDirectories(TARGET);
		for (List<String> command : preparation()) {
			if (command.get(0).indexOf(File.separatorChar) < 0 && !Cores.isOnPath(command.get(0))) {
				return "for want of " + command.get(0);
			}
			ProcessBuilder builder = new ProcessBuilder(command).directory(directory().toFile())
				.redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.to(TARGET.resolve(name() + ".log").toFile()));
			builder.environment().putAll(Map.of("CARGO_TARGET_DIR", TARGET.resolve("rust").toString()));
			Process process = builder.start();
			if (!process.waitFor(PREPARATION_MINUTES, TimeUnit.MINUTES)) {
				process.destroyForcibly();
			}
			if (process.waitFor() != 0) {
				return "because this has failed, see target/clients/" + name() + ".log: " + String.join(" ", command);
			}
		}
		return null;
	}

	/**
	 * Start the program.
	 * @param cores where it runs
	 * @param wire the protocol
	 * @param port where the server of the protocol listens
	 * @return the process, not yet ready
	 */
	ChildProcess start(Cores cores, Wire wire, int port) {
		List<String> command = new ArrayList<>(cores.start(CLIENT_PLACE));
		command.addAll(command());
		command.addAll(List.of(wire.key(), Integer.toString(port),
				Path.of("src", "main", "proto", "work.proto").toAbsolutePath().toString()));
		return ChildProcess.start(command);
	}

	/**
	 * A protocol, as a client in any language speaks it.
	 */
	enum Wire {

		/** The default of most clients. */
		CBOR("agentsocket-cbor", "Agent Socket, CBOR", "agentsocket-cbor-direct"),

		/** The other codec, on the same server. */
		JSON("agentsocket-json", "Agent Socket, JSON", "agentsocket-json-direct"),

		/** A unary call for each question. */
		GRPC("grpc", "gRPC", "grpc-unary"),

		/** Streamable HTTP; tokens are notifications of progress. */
		MCP("mcp", "MCP", "mcp-streamable-async");

		private final String key;

		private final String title;

		private final String entry;

		Wire(String key, String title, String entry) {
			this.key = key;
			this.title = title;
			this.entry = entry;
		}

		String key() {
			return this.key;
		}

		String title() {
			return this.title;
		}

		/** Contestant whose server is called. */
		String entry() {
			return this.entry;
		}

	}

}
