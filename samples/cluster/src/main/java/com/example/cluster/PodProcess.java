package com.example.cluster;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import com.example.cluster.pod.PodApplication;

/**
 * A life of a pod: a JVM of its own. It ends when the pipe to it breaks, so that no pod
 * outlives its launcher.
 */
final class PodProcess {

	private final String name;

	private final Process process;

	private final Path log;

	private final Thread reader;

	private final CompletableFuture<Integer> port = new CompletableFuture<>();

	private volatile boolean dismissed;

	private Process pause;

	private PodProcess(String name, Process process, Path log, BiConsumer<PodProcess, String> journal) {
		this.name = name;
		this.log = log;
		this.process = process;
		this.reader = new Thread(() -> read(journal), name);
		this.reader.setDaemon(true);
		this.reader.start();
	}

	/**
	 * Start a pod.
	 * @param name its name
	 * @param log where its log goes
	 * @param memory megabytes of heap
	 * @param arguments of the application
	 * @param journal takes the lines that the pod writes
	 * @return the pod, which is starting
	 */
	static PodProcess start(String name, Path log, int memory, List<String> arguments,
			BiConsumer<PodProcess, String> journal) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-Xmx" + memory + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
				"-cp", System.getProperty("java.class.path"), PodApplication.class.getName()));
		command.addAll(arguments);
		ProcessBuilder builder = new ProcessBuilder(command);
		builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
		builder.directory(new File(System.getProperty("user.dir")));
		try {
			return new PodProcess(name, builder.start(), log, journal);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void read(BiConsumer<PodProcess, String> journal) {
		try (BufferedReader lines = new BufferedReader(
				new InputStreamReader(this.process.getInputStream(), StandardCharsets.UTF_8))) {
			String line;
			while ((line = lines.readLine()) != null) {
				if (line.startsWith("port ")) {
					this.port.complete(Integer.valueOf(line.substring("port ".length())));
				}
				else {
					journal.accept(this, line);
				}
			}
		}
		catch (IOException ex) {
			// It is gone.
		}
		this.port.completeExceptionally(new IllegalStateException(this.name + " ended, see " + this.log));
	}

	String name() {
		return this.name;
	}

	/**
	 * Where it listens.
	 * @return completes when the pod is ready, fails when it ends before
	 */
	CompletableFuture<Integer> port() {
		return this.port;
	}

	boolean isReady() {
		return isStarted() && this.process.isAlive();
	}

	/**
	 * Whether it was ready at some time.
	 * @return {@code true} also after its end
	 */
	boolean isStarted() {
		return this.port.isDone() && !this.port.isCompletedExceptionally();
	}

	boolean isPaused() {
		return this.pause != null;
	}

	/**
	 * Whether its end was wanted.
	 * @return {@code true} once somebody ended it
	 */
	boolean isDismissed() {
		return this.dismissed;
	}

	CompletableFuture<Process> onExit() {
		return this.process.onExit();
	}

	/** As {@code kill -9}. */
	void kill() {
		this.dismissed = true;
		// Not of the process itself: that would close the pipe with what it wrote last.
		this.process.toHandle().destroyForcibly();
		try {
			resume();
		}
		catch (IOException ex) {
			// Nobody stands still any more.
		}
	}

	/** As {@code kill}. */
	void terminate() {
		this.dismissed = true;
		this.process.toHandle().destroy();
	}

	/**
	 * As {@code kill -STOP}. A shell wakes the pod up again when this launcher dies
	 * meanwhile: a pod that stands still would not notice.
	 */
	synchronized void pause() throws IOException {
		String pid = Long.toString(this.process.pid());
		this.pause = new ProcessBuilder("sh", "-c",
				"trap '' INT HUP TERM; kill -STOP " + pid + "; read line; kill -CONT " + pid)
			.redirectErrorStream(true)
			.start();
	}

	/** As {@code kill -CONT}. */
	synchronized void resume() throws IOException {
		if (this.pause != null) {
			this.pause.getOutputStream().close();
			this.pause = null;
		}
	}

	/**
	 * Wait until the process is gone and all it wrote is read.
	 * @param timeout how long
	 * @param unit of the timeout
	 * @return {@code false} if it is still there
	 */
	boolean awaitEnd(long timeout, TimeUnit unit) {
		try {
			boolean ended = this.process.waitFor(timeout, unit);
			this.reader.join(unit.toMillis(timeout));
			return ended;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	long pid() {
		return this.process.pid();
	}

}
