package com.example.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Which processes run on which core, where the tools of Linux are there to say so. Server
 * and client have a core each, or share the server's.
 */
final class Cores implements AutoCloseable {

	private static final int SERVER = 0;

	private static final int CLIENT = 1;

	private final boolean pinned;

	private final List<ChildProcess> spinning = new ArrayList<>();

	Cores(Options options) {
		this.pinned = options.pin() && isOnPath("taskset") && Runtime.getRuntime().availableProcessors() > CLIENT;
		if (this.pinned && options.spin() && isOnPath("chrt")) {
			for (int core : new int[] { SERVER, CLIENT }) {
				List<String> prefix = new ArrayList<>(taskset(core));
				prefix.addAll(List.of("chrt", "--idle", "0"));
				this.spinning.add(ChildProcess.start(prefix, List.of("-Xmx16m", "-XX:TieredStopAtLevel=1"), "spin"));
			}
		}
	}

	/**
	 * Command prefix that makes the JVM of a process count one processor.
	 * @param place processes of even and odd places start on different cores
	 * @return the beginning of a command
	 */
	List<String> start(int place) {
		return this.pinned ? taskset((place % 2 == 0) ? SERVER : CLIENT) : List.of();
	}

	/**
	 * Move a server to where servers run.
	 * @param server the server
	 */
	void placeServer(ChildProcess server) {
		move(server, SERVER);
	}

	/**
	 * Move a client to where it runs.
	 * @param client the client
	 * @param shared whether to share the core of the servers
	 */
	void placeClient(ChildProcess client, boolean shared) {
		move(client, shared ? SERVER : CLIENT);
	}

	private void move(ChildProcess child, int core) {
		if (!this.pinned) {
			return;
		}
		try {
			Process moving = new ProcessBuilder("taskset", "-acp", Integer.toString(core), Long.toString(child.pid()))
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.redirectError(ProcessBuilder.Redirect.DISCARD)
				.start();
			if (!moving.waitFor(10, TimeUnit.SECONDS)) {
				moving.destroyForcibly();
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException("A process cannot be moved to another core", ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	String describe() {
		if (!this.pinned) {
			return "not pinned to cores";
		}
		return "server on core " + SERVER + ", client on core " + CLIENT + " (on core " + SERVER
				+ " too at 1 call in flight)"
				+ (this.spinning.isEmpty() ? "" : ", cores kept from halting by loops of idle priority");
	}

	private static List<String> taskset(int core) {
		return List.of("taskset", "-c", Integer.toString(core));
	}

	static boolean isOnPath(String program) {
		String path = System.getenv("PATH");
		return path != null && path.lines()
			.flatMap((line) -> List.of(line.split(java.io.File.pathSeparator)).stream())
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory, program)));
	}

	@Override
	public void close() {
		this.spinning.forEach(ChildProcess::close);
	}

}
