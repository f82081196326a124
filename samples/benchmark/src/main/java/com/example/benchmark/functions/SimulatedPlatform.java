package com.example.benchmark.functions;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import com.example.benchmark.Server;
import io.netty.handler.codec.http.HttpHeaderNames;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A platform for functions: an instance takes one request at a time, a request that finds
 * none free starts another one, instances are frozen and removed when they are idle, and
 * killed at random, with the request that they have. The answer of the function says
 * whether its instance was started for it. Thread-safe.
 */
public final class SimulatedPlatform implements Server {

	/** Time that an instance takes to start. */
	public static final Duration START = Duration.ofSeconds(2);

	/** Time that the function takes to answer. */
	public static final Duration WORK = Duration.ofMillis(300);

	/** An idle instance is frozen after this time. */
	public static final Duration FREEZE = Duration.ofSeconds(1);

	/** Time to go on with a frozen instance. */
	public static final Duration THAW = Duration.ofMillis(10);

	/** An idle instance is removed after this time; minutes in reality. */
	public static final Duration KEEP = Duration.ofSeconds(15);

	/** Mean time until an instance is killed, busy or not. */
	public static final Duration LIFE = Duration.ofSeconds(60);

	/** Instances that the account may have. */
	public static final int MAX_INSTANCES = 50;

	/** Kills are drawn this often. */
	private static final Duration TICK = Duration.ofMillis(100);

	private static final int BAD_GATEWAY = 502;

	private static final int TOO_MANY = 429;

	private final Random random;

	private final List<Instance> instances = new ArrayList<>();

	/** The one that was used last is used next, as platforms tend to do. */
	private final Deque<Instance> idle = new ArrayDeque<>();

	private final Disposable ticks;

	private final DisposableServer server;

	private int startedForCalls;

	private int startedToWarm;

	private int killed;

	private int warmRequests;

	private int most;

	/**
	 * Create a platform and serve it.
	 * @param seed seed of the kills
	 */
	public SimulatedPlatform(long seed) {
		this.random = new Random(seed);
		this.ticks = Schedulers.parallel()
			.schedulePeriodically(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
		this.server = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle((request, response) -> request.receive()
				.aggregate()
				.asString()
				.defaultIfEmpty("")
				.flatMap((body) -> answer(body.contains("\"type\":\"warm\""), response)))
			.bindNow();
	}

	private Mono<Void> answer(boolean warm, HttpServerResponse response) {
		Instance instance = take(warm);
		if (instance == null) {
			return response.status(TOO_MANY).send();
		}
		boolean cold = instance.isNew;
		Duration before = cold ? START : instance.isFrozen() ? THAW : Duration.ZERO;
		return Mono.delay(warm ? before : before.plus(WORK)).then(Mono.defer(() -> {
			if (!free(instance)) {
				return response.status(BAD_GATEWAY).send();
			}
			if (warm) {
				return response.status(204).send();
			}
			return response.header(HttpHeaderNames.CONTENT_TYPE, "application/json")
				.sendString(Mono.just(Boolean.toString(cold)))
				.then();
		}));
	}

	private synchronized @Nullable Instance take(boolean warm) {
		this.warmRequests += warm ? 1 : 0;
		Instance free = this.idle.pollFirst();
		if (free != null) {
			free.isNew = false;
			return free;
		}
		if (this.instances.size() == MAX_INSTANCES) {
			return null;
		}
		this.startedToWarm += warm ? 1 : 0;
		this.startedForCalls += warm ? 0 : 1;
		Instance added = new Instance();
		this.instances.add(added);
		this.most = Math.max(this.most, this.instances.size());
		return added;
	}

	/** The instance has answered; false when it was killed before. */
	private synchronized boolean free(Instance instance) {
		if (!this.instances.contains(instance)) {
			return false;
		}
		instance.used = System.nanoTime();
		this.idle.addFirst(instance);
		return true;
	}

	private synchronized void tick() {
		long oldest = System.nanoTime() - KEEP.toNanos();
		while (!this.idle.isEmpty() && this.idle.peekLast().used - oldest < 0) {
			this.instances.remove(this.idle.removeLast());
		}
		double chance = (double) TICK.toMillis() / LIFE.toMillis();
		for (Instance instance : List.copyOf(this.instances)) {
			if (this.random.nextDouble() < chance) {
				this.killed++;
				this.instances.remove(instance);
				this.idle.remove(instance);
			}
		}
	}

	/**
	 * Tells what has happened.
	 * @return instances that were started for calls and to warm up, warm requests,
	 * instances that were killed, and the most that there were at once
	 */
	public synchronized String counts() {
		return this.startedForCalls + "," + this.startedToWarm + "," + this.warmRequests + "," + this.killed + ","
				+ this.most;
	}

	@Override
	public int port() {
		return this.server.port();
	}

	@Override
	public void close() {
		this.ticks.dispose();
		this.server.disposeNow();
	}

	/** Guarded by the platform. */
	private static final class Instance {

		private boolean isNew = true;

		private long used = System.nanoTime();

		private boolean isFrozen() {
			return System.nanoTime() - this.used > FREEZE.toNanos();
		}

	}

}
