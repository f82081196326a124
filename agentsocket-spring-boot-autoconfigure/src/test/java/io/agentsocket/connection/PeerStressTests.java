package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two peers on real event loops, used by many threads at once.
 */
class PeerStressTests {

	private static final int THREADS = 8;

	private static final int CALLS = 1500;

	/**
	 * Time in which a thread begins calls: a machine that is very busy does fewer of
	 * them.
	 */
	private static final Duration WORK = Duration.ofSeconds(15);

	private final ExecutorService clientLoop = Executors.newSingleThreadExecutor();

	private final ExecutorService serverLoop = Executors.newSingleThreadExecutor();

	private final ExecutorService users = Executors.newFixedThreadPool(THREADS);

	private final Scheduler timer = Schedulers.newParallel("timer", 2);

	private final Actions serverActions = new Actions();

	private final Actions clientActions = new Actions();

	private final Peer client = TestPeers.create(Role.CLIENT, Pair.CBOR, Limits.CLIENT, this.clientActions,
			new RecordingListener(), this.timer);

	private final Peer server = TestPeers.create(Role.SERVER, Pair.CBOR, Limits.SERVER, this.serverActions,
			new RecordingListener(), this.timer);

	private final AtomicReference<AtomicBoolean> cable = new AtomicReference<>(new AtomicBoolean());

	private final AtomicInteger running = new AtomicInteger();

	private final AtomicReference<String> wrongThread = new AtomicReference<>();

	@BeforeEach
	void offerActions() {
		this.serverActions.value("echo", (exchange) -> Mono.just(((Map<?, ?>) exchange.arguments(Map.class)).get("n")));
		this.serverActions.value("hop", (exchange) -> {
			Object number = ((Map<?, ?>) exchange.arguments(Map.class)).get("n");
			return Mono.just(number).publishOn(this.timer);
		});
		this.serverActions.items("stream", (exchange) -> counted(Flux.range(0, 100).publishOn(this.timer, 4)));
		this.serverActions.items("endless", (exchange) -> counted(Flux.range(0, Integer.MAX_VALUE)));
		this.serverActions.value("never", (exchange) -> counted(Flux.never()));
		this.serverActions.taking("sum", ResultShape.VALUE,
				(exchange) -> counted(exchange.inbound(Integer.class).reduce(0, Integer::sum).flux()));
		this.clientActions.value("back", (exchange) -> Mono.just("back").publishOn(this.timer));
		this.serverActions.value("nest", (exchange) -> exchange.invoke("back").toMono(String.class));
	}

	private <T> Flux<T> counted(Flux<T> work) {
		return work.doOnSubscribe((subscription) -> this.running.incrementAndGet())
			.doFinally((signal) -> this.running.decrementAndGet());
	}

	@AfterEach
	void shutDown() {
		this.users.shutdownNow();
		this.clientLoop.shutdownNow();
		this.serverLoop.shutdownNow();
		this.timer.dispose();
	}

	/** Connect, in the loops of both, for the first time or again. */
	private void connect() throws InterruptedException {
		CountDownLatch connected = new CountDownLatch(2);
		AtomicBoolean alive = new AtomicBoolean(true);
		this.cable.set(alive);
		MemoryTransport clientSide = new MemoryTransport(this.clientLoop, true);
		MemoryTransport serverSide = new MemoryTransport(this.serverLoop, false);
		clientSide.onWrite = (message) -> deliver(alive, this.serverLoop, this.server, serverSide, message);
		serverSide.onWrite = (message) -> deliver(alive, this.clientLoop, this.client, clientSide, message);
		this.client.execute(() -> {
			Position clientAt = this.client.position();
			this.server.execute(() -> {
				Position serverAt = this.server.position();
				assertThat(serverAt.canResume(clientAt)).isTrue();
				this.server.attach(new Attachment(serverSide, Limits.CLIENT, Bytes.EMPTY, clientAt.received(),
						TestPeers.KEEP_ALIVE, Context.empty()));
				connected.countDown();
				this.client.execute(() -> {
					this.client.attach(new Attachment(clientSide, Limits.SERVER, Bytes.EMPTY, serverAt.received(),
							TestPeers.KEEP_ALIVE, Context.empty()));
					connected.countDown();
				});
			});
		});
		Await.until(connected);
		this.detach = () -> {
			alive.set(false);
			this.client.detached(clientSide, 1006);
			this.server.detached(serverSide, 1006);
		};
	}

	private Runnable detach = () -> {
	};

	private final ThreadLocal<ExecutorService> loop = new ThreadLocal<>();

	private void deliver(AtomicBoolean alive, ExecutorService loop, Peer peer, MemoryTransport transport,
			Bytes message) {
		ExecutorService writer = (loop == this.serverLoop) ? this.clientLoop : this.serverLoop;
		if (this.loop.get() != writer) {
			this.wrongThread.set(Thread.currentThread().getName());
		}
		loop.execute(() -> {
			if (alive.get()) {
				peer.receive(transport, message);
			}
		});
	}

	/** Counts the signals of one call. */
	private static final class Call extends BaseSubscriber<Object> {

		private final CountDownLatch done;

		private final long demand;

		private final int cancelAfter;

		private final AtomicInteger terminals = new AtomicInteger();

		private final AtomicInteger items = new AtomicInteger();

		private volatile Throwable error;

		private volatile boolean cancelled;

		Call(CountDownLatch done, long demand, int cancelAfter) {
			this.done = done;
			this.demand = demand;
			this.cancelAfter = cancelAfter;
		}

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			subscription.request(this.demand);
		}

		@Override
		protected void hookOnNext(Object value) {
			int count = this.items.incrementAndGet();
			if (count == this.cancelAfter) {
				this.cancelled = true;
				cancel();
			}
			else if (this.demand != Long.MAX_VALUE) {
				request(1);
			}
		}

		@Override
		protected void hookOnError(Throwable throwable) {
			this.error = throwable;
		}

		@Override
		protected void hookFinally(SignalType type) {
			this.terminals.incrementAndGet();
			this.done.countDown();
		}

	}

	@Test
	void eachCallOfManyThreadsEndsOnce() throws Exception {
		connectedLoops();
		connect();
		List<Call> calls = runCalls(false);
		verify(calls);
	}

	@Test
	void eachCallOfManyThreadsEndsOnceWhileTheConnectionBreaks() throws Exception {
		connectedLoops();
		connect();
		AtomicBoolean over = new AtomicBoolean();
		Thread breaker = new Thread(() -> {
			try {
				while (!over.get()) {
					java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(15));
					this.detach.run();
					connect();
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		breaker.start();
		List<Call> calls;
		try {
			calls = runCalls(true);
		}
		finally {
			over.set(true);
			breaker.join(Await.LONG.toMillis());
		}
		verify(calls);
	}

	private void connectedLoops() throws Exception {
		this.clientLoop.submit(() -> this.loop.set(this.clientLoop)).get();
		this.serverLoop.submit(() -> this.loop.set(this.serverLoop)).get();
	}

	private List<Call> runCalls(boolean fewer) throws InterruptedException {
		int perThread = fewer ? CALLS / 5 : CALLS;
		CountDownLatch done = new CountDownLatch(THREADS * perThread);
		List<Call> calls = new ArrayList<>();
		LongAdder wrong = new LongAdder();
		List<List<Call>> perUser = new ArrayList<>();
		for (int user = 0; user < THREADS; user++) {
			List<Call> own = new ArrayList<>();
			perUser.add(own);
			long seed = user;
			long end = System.nanoTime() + WORK.toNanos();
			this.users.execute(() -> {
				Random random = new Random(seed);
				for (int i = 0; i < perThread; i++) {
					if (System.nanoTime() < end) {
						own.add(call(random, i, done, wrong));
					}
					else {
						done.countDown();
					}
				}
			});
		}
		assertThat(done.await(Await.LONG.toSeconds(), TimeUnit.SECONDS)).as("calls without an end: " + done.getCount())
			.isTrue();
		assertThat(wrong.sum()).isZero();
		perUser.forEach(calls::addAll);
		return calls;
	}

	private Call call(Random random, int n, CountDownLatch done, LongAdder wrong) {
		Map<String, Integer> arguments = Map.of("n", n);
		switch (random.nextInt(7)) {
			case 0, 1 -> {
				Call call = new Call(done, Long.MAX_VALUE, -1);
				this.client.invoke(random.nextBoolean() ? "echo" : "hop")
					.arguments(arguments)
					.toMono(Integer.class)
					.doOnNext((value) -> {
						if (value != n) {
							wrong.increment();
						}
					})
					.subscribe(call);
				return call;
			}
			case 2 -> {
				Call call = new Call(done, 1 + random.nextInt(20), -1);
				AtomicInteger expected = new AtomicInteger();
				this.client.invoke("stream").toFlux(Integer.class).doOnNext((value) -> {
					if (value != expected.getAndIncrement()) {
						wrong.increment();
					}
				}).subscribe(call);
				return call;
			}
			case 3 -> {
				Call call = new Call(done, 1 + random.nextInt(8), 1 + random.nextInt(30));
				this.client.invoke("endless").toFlux(Object.class).subscribe(call);
				return call;
			}
			case 4 -> {
				Call call = new Call(done, Long.MAX_VALUE, -1);
				this.client.invoke("never").toMono(Object.class).subscribe(call);
				if (random.nextBoolean()) {
					call.cancel();
				}
				else {
					this.timer.schedule(call::cancel, ThreadLocalRandom.current().nextInt(2000), TimeUnit.MICROSECONDS);
				}
				return call;
			}
			case 5 -> {
				Call call = new Call(done, Long.MAX_VALUE, -1);
				this.client.invoke("sum")
					.items(Flux.range(0, 80).publishOn(this.timer, 8))
					.toMono(Integer.class)
					.doOnNext((value) -> {
						if (value != 3160) {
							wrong.increment();
						}
					})
					.subscribe(call);
				return call;
			}
			default -> {
				Call call = new Call(done, Long.MAX_VALUE, -1);
				this.client.invoke("nest").timeout(Await.LONG).toMono(String.class).subscribe(call);
				return call;
			}
		}
	}

	private void verify(List<Call> calls) throws InterruptedException {
		for (Call call : calls) {
			assertThat(call.terminals).hasValue(1);
			assertThat(call.error).isNull();
		}
		assertThat(calls.stream().filter((call) -> call.cancelled).count()).isPositive();
		Await.until(() -> this.client.isIdle() && this.server.isIdle());
		// The end of an action is on its way to the caller before the action hears of it.
		Await.until("all actions have ended", () -> this.running.get() == 0);
		TestPeers.assertClean(this.client);
		TestPeers.assertClean(this.server);
		assertThat(this.wrongThread).as("thread that wrote to the socket of another").hasValue(null);
		this.client.end(1000, new ActionException(1, "over"));
		this.server.end(1000, new ActionException(1, "over"));
	}

}
