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

	List<String> server() {
		return this.pinned ? taskset(SERVER) : List.of();
	}

	List<String> client() {
		return this.pinned ? taskset(CLIENT) : List.of();
	}

	/**
	 * Move a client to the core of the servers, or back to its own.
	 * @param client the client
	 * @param shared whether to share
	 */
	void share(ChildProcess client, boolean shared) {
		if (!this.pinned) {
			return;
		}
		String core = Integer.toString(shared ? SERVER : CLIENT);
		try {
			Process moving = new ProcessBuilder("taskset", "-acp", core, Long.toString(client.pid()))
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.redirectError(ProcessBuilder.Redirect.DISCARD)
				.start();
			if (!moving.waitFor(10, TimeUnit.SECONDS)) {
				moving.destroyForcibly();
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException("The client cannot be moved to another core", ex);
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
