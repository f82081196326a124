package com.example.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A place for a pod: when one dies the next one takes it.
 */
final class PodSlot {

	private final String name;

	private final Path log;

	private final List<String> arguments;

	private final int memory;

	private final Balancer balancer;

	private final Score score;

	private final List<PodProcess> lives = new ArrayList<>();

	private volatile PodProcess pod;

	private volatile boolean closed;

	PodSlot(String name, Path log, List<String> arguments, int memory, Balancer balancer, Score score) {
		this.name = name;
		this.log = log;
		this.arguments = arguments;
		this.memory = memory;
		this.balancer = balancer;
		this.score = score;
	}

	synchronized PodProcess start() {
		String life = this.name + "#" + (this.lives.size() + 1);
		PodProcess started = PodProcess.start(life, this.log, this.memory, this.arguments, this::journal);
		this.pod = started;
		this.lives.add(started);
		started.port().thenAccept((port) -> {
			if (this.balancer != null) {
				this.balancer.add(life, port);
			}
		});
		started.onExit().thenRun(() -> ended(started));
		return started;
	}

	private void journal(PodProcess from, String line) {
		if (line.startsWith("ran ")) {
			this.score.ran(line.substring("ran ".length()), from.name());
		}
	}

	private void ended(PodProcess ended) {
		leave(ended);
		if (!ended.isDismissed() && !this.closed) {
			this.score.crashes.incrementAndGet();
			if (ended.isStarted()) {
				start();
			}
		}
	}

	private void leave(PodProcess leaving) {
		if (this.balancer != null && leaving.isStarted()) {
			this.balancer.remove(leaving.port().join());
		}
	}

	PodProcess pod() {
		return this.pod;
	}

	/** Die and be replaced. */
	void kill() {
		PodProcess victim = this.pod;
		victim.kill();
		leave(victim);
	}

	/**
	 * Leave politely and be replaced.
	 * @param forget how long the balancer goes on sending to the pod
	 */
	void roll(Duration forget) {
		PodProcess leaving = this.pod;
		if (forget.isZero()) {
			leave(leaving);
		}
		long begin = System.nanoTime();
		leaving.terminate();
		boolean ended = leaving.awaitEnd(forget.toMillis(), TimeUnit.MILLISECONDS);
		leave(leaving);
		if (ended || leaving.awaitEnd(30, TimeUnit.SECONDS)) {
			this.score.left(System.nanoTime() - begin);
		}
		else {
			this.score.signal("pod that did not leave", leaving.name());
			leaving.kill();
		}
		start();
	}

	synchronized List<PodProcess> lives() {
		return List.copyOf(this.lives);
	}

	/** End for good. */
	void close() {
		this.closed = true;
		for (PodProcess life : lives()) {
			life.kill();
		}
		for (PodProcess life : lives()) {
			life.awaitEnd(10, TimeUnit.SECONDS);
		}
	}

}
