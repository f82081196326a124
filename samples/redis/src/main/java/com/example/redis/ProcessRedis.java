package com.example.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

import org.jspecify.annotations.Nullable;

/**
 * A process. A small shell around it ends it as soon as the standard input of the shell
 * ends, which it does when this JVM is gone, however it went; and removes its directory,
 * unless the server persists and is to be started again.
 */
final class ProcessRedis implements Backend {

	private static final String HOST = "127.0.0.1";

	private static final int ATTEMPTS = 5;

	private static final String SHELL = """
			trap '' INT HUP TERM PIPE
			directory=$1
			shift
			exec 3<&0
			cd "$directory"
			"$@" </dev/null >redis.log 2>&1 3<&- &
			redis=$!
			(read line <&3; [ "$line" = keep ] && : >keep; kill -9 $redis) >/dev/null 2>&1 &
			watch=$!
			echo $redis
			wait $redis
			kill -9 $watch
			log=$(tail -n 20 redis.log)
			cd /
			if [ -e "$directory/keep" ]; then rm "$directory/keep"; else rm -rf "$directory"; fi
			echo "$log"
			""";

	private final Executable executable;

	private final int port;

	private final @Nullable String replicaOf;

	private final List<String> options;

	private final boolean persistent;

	private @Nullable Path directory;

	private @Nullable Process shell;

	private String pid = "";

	private ProcessRedis(Executable executable, int port, @Nullable String replicaOf, List<String> options) {
		this.executable = executable;
		this.port = port;
		this.replicaOf = replicaOf;
		this.options = options;
		this.persistent = options.contains("always");
	}

	/**
	 * Start a server that still has after {@link #kill()} and {@link #start()} all that
	 * it has confirmed.
	 * @param executable what to run
	 * @return a server that answers
	 * @throws IOException if it does not start
	 */
	static ProcessRedis createPersistent(Executable executable) throws IOException {
		return create(executable, null, FreePort::find, List.of("--appendonly", "yes", "--appendfsync", "always"));
	}

	/**
	 * Start a server that may belong to a cluster.
	 * @param executable what to run
	 * @return a server that answers, and has no slots
	 * @throws IOException if it does not start
	 */
	static ProcessRedis createNode(Executable executable) throws IOException {
		return create(executable, null, FreePort::findForNode, List.of("--cluster-enabled", "yes"));
	}

	/**
	 * Start a server on a free port.
	 * @param executable what to run
	 * @param replicaOf the primary, or {@code null}
	 * @return a server that answers
	 * @throws IOException if it does not start
	 */
	static ProcessRedis create(Executable executable, @Nullable String replicaOf) throws IOException {
		return create(executable, replicaOf, FreePort::find, List.of());
	}

	private static ProcessRedis create(Executable executable, @Nullable String replicaOf, IntSupplier ports,
			List<String> options) throws IOException {
		IOException failure = null;
		for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
			ProcessRedis server = new ProcessRedis(executable, ports.getAsInt(), replicaOf, options);
			try {
				server.start();
				return server;
			}
			catch (IOException ex) {
				// Somebody else may have taken the port.
				failure = ex;
			}
		}
		throw (failure != null) ? failure : new IOException("Not tried");
	}

	@Override
	public String host() {
		return HOST;
	}

	@Override
	public int port() {
		return this.port;
	}

	@Override
	public void start() throws IOException {
		Path before = this.directory;
		Path directory = (this.persistent && before != null) ? before : Files.createTempDirectory("agentsocket-redis");
		this.directory = directory;
		List<String> command = new ArrayList<>(
				List.of("sh", "-c", SHELL, "sh", directory.toString(), this.executable.in(directory)));
		command.addAll(List.of("--port", Integer.toString(this.port), "--bind", HOST, "--save", "", "--appendonly",
				"no", "--daemonize", "no", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"));
		command.addAll(this.options);
		if (this.replicaOf != null) {
			command.add("--replicaof");
			command.addAll(List.of(this.replicaOf.split(" ")));
		}
		Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
		this.shell = started;
		BufferedReader output = new BufferedReader(
				new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
		String first = output.readLine();
		this.pid = (first != null) ? first : "";
		try {
			while (true) {
				try {
					if (answersItself()) {
						return;
					}
				}
				catch (IOException ex) {
					// Not yet.
				}
				if (!started.isAlive()) {
					throw new IOException("Redis did not start: " + String.join("\n", output.lines().toList()));
				}
				Resp.pause();
			}
		}
		catch (IOException | RuntimeException ex) {
			end(false);
			throw ex;
		}
	}

	/** Not a stranger at the same port, and with all that it has kept. */
	private boolean answersItself() throws IOException {
		String info = Resp.command(HOST, this.port, "INFO");
		return info.contains("\nprocess_id:" + this.pid + "\r") && info.contains("\nloading:0\r");
	}

	@Override
	public void kill() throws IOException {
		end(this.persistent);
	}

	private void end(boolean keep) throws IOException {
		Process running = this.shell;
		this.shell = null;
		if (running == null) {
			return;
		}
		try (OutputStream input = running.getOutputStream()) {
			if (keep) {
				input.write("keep\n".getBytes(StandardCharsets.UTF_8));
			}
		}
		try {
			// There is room in the pipe for the log of a short life, but not of a long
			// one.
			running.getInputStream().transferTo(OutputStream.nullOutputStream());
			if (!running.waitFor(60, TimeUnit.SECONDS)) {
				throw new IOException("Redis does not end");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void pause() throws IOException {
		signal("STOP");
	}

	@Override
	public void resume() throws IOException {
		signal("CONT");
	}

	private void signal(String name) throws IOException {
		Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + this.pid).inheritIO().start();
		try {
			if (kill.waitFor() != 0) {
				throw new IOException("Redis is gone");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() throws IOException {
		if (this.shell == null && this.persistent) {
			// Its shell has left the directory.
			start();
		}
		end(false);
	}

	/**
	 * Command and arguments of the process.
	 */
	@FunctionalInterface
	interface Executable {

		/**
		 * Find or unpack it.
		 * @param directory where it may be unpacked; removed at the end
		 * @return its path
		 * @throws IOException if there is none for this machine
		 */
		String in(Path directory) throws IOException;

	}

}
