package com.example.cluster;

import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import com.example.cluster.Score.Invocation;
import io.agentsocket.action.Answer;
import io.agentsocket.action.QuestionRequest;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An agent: it streams, calls and uploads at the same time, and checks each number.
 */
final class Agent {

	private static final Duration AFTER_FAILURE = Duration.ofMillis(200);

	private final String name;

	private final Score score;

	private final Random random;

	private final AgentSocketClient client;

	private final Map<String, AtomicLong> milestones = new ConcurrentHashMap<>();

	private final Set<String> asked = ConcurrentHashMap.newKeySet();

	private final AtomicLong calls = new AtomicLong();

	private final Disposable.Composite work = Disposables.composite();

	private final boolean light;

	private final Supplier<Breakage> latest;

	private volatile boolean stopping;

	/** Whether there was a connection and there is none. */
	private volatile boolean seeking;

	private volatile long connectedAt;

	private String lastSession = "";

	/**
	 * Cause of the end of the previous connection, until this one receives something.
	 */
	private volatile Breakage broken;

	/**
	 * Create an agent.
	 * @param name its name
	 * @param uri of the balancer
	 * @param score where it writes down what it sees
	 * @param light whether it does one small thing at a time
	 * @param latest tells what broke connections at last
	 * @param random decides what it does
	 */
	Agent(String name, String uri, Score score, boolean light, Supplier<Breakage> latest, Random random) {
		this.name = name;
		this.score = score;
		this.light = light;
		this.latest = latest;
		this.random = random;
		AgentSocketClientBuilder builder = AgentSocketClient.builder(uri)
			.software(name, "1")
			.headers((headers) -> attempting())
			.onQuestion(this::answer);
		if (!light) {
			// Pods that stand still are many here.
			builder.connectTimeout(Duration.ofSeconds(2));
		}
		this.client = builder.build();
	}

	void start() {
		this.work.add(this.client.events("milestone", Milestone.class).subscribe(this::milestone));
		if (this.light) {
			this.work.add(loop(this::something));
			return;
		}
		this.work.add(loop(this::stream));
		this.work.add(loop(this::call));
		this.work.add(loop(this::upload));
	}

	private Disposable loop(Supplier<Mono<Void>> round) {
		return Mono.defer(round).repeat(() -> !this.stopping).subscribe();
	}

	/** Begin nothing new. */
	void stop() {
		this.stopping = true;
	}

	Mono<Void> close() {
		this.work.dispose();
		return this.client.close();
	}

	String session() {
		return this.client.sessionId();
	}

	boolean isConnected() {
		return this.client.state() == ConnectionState.CONNECTED;
	}

	private String nextCall(String kind) {
		return this.name + "-" + kind + "-" + this.calls.incrementAndGet();
	}

	private synchronized int random(int from, int to) {
		return from + this.random.nextInt(to - from);
	}

	// -- What it does

	/** Nothing of it takes longer than a pod has to leave. */
	private Mono<Void> something() {
		return Mono.delay(Duration.ofMillis(random(0, 20_000)))
			.filter((later) -> !this.stopping)
			.flatMap((later) -> switch (random(0, 6)) {
				case 0 -> stream(random(5, 20));
				case 1 -> upload(random(5, 20));
				case 2 -> confirm();
				case 3, 4 -> add();
				default -> square();
			});
	}

	private Mono<Void> stream() {
		return stream(random(50, 500));
	}

	private Mono<Void> stream(int n) {
		String call = nextCall("stream");
		Invocation invocation = this.score.open(call);
		AtomicLong last = new AtomicLong();
		AtomicLong marks = new AtomicLong();
		this.milestones.put(call, marks);
		return this.client.invoke("numbers.stream")
			.arguments(Map.of("call", call, "n", n, "millis", random(5, 40)))
			.toFlux(Long.class)
			.doOnNext((number) -> {
				sign(invocation);
				this.score.items.increment();
				expect(call, last.incrementAndGet(), number, last);
			})
			.then(Mono.fromRunnable(() -> {
				this.score.streams.increment();
				if (last.get() != n) {
					this.score.lost(call + " ended after " + last + " of " + n + " numbers");
				}
			}))
			.onErrorResume((error) -> failed(invocation, call, error))
			.doFinally((end) -> this.score.close(invocation))
			// Events may be handed over a little later than items.
			.then(Mono.delay(AFTER_FAILURE))
			.doOnNext((later) -> {
				this.milestones.remove(call);
				if (last.get() == n && marks.get() != n / 10) {
					this.score.lost(call + " got " + marks + " of " + n / 10 + " events");
				}
			})
			.then();
	}

	private void expect(String call, long expected, long number, AtomicLong last) {
		if (number < expected) {
			this.score.duplicate(call + " got " + number + " again in place of " + expected);
		}
		else if (number > expected) {
			this.score.lost(call + " got " + number + " in place of " + expected);
		}
		last.set(number);
	}

	private void milestone(Milestone milestone) {
		this.score.events.increment();
		AtomicLong last = this.milestones.get(milestone.call());
		if (last != null) {
			expect(milestone.call() + " events", last.incrementAndGet(), milestone.number(), last);
		}
	}

	private Mono<Void> call() {
		Mono<Void> round = switch (random(0, 5)) {
			case 0 -> confirm();
			case 1, 2 -> add();
			default -> square();
		};
		return round.then(Mono.delay(Duration.ofMillis(random(0, 60)))).then();
	}

	private Mono<Void> add() {
		String call = nextCall("add");
		return once(call,
				this.client.invoke("counter.add")
					.arguments(Map.of("call", call, "counter", this.name))
					.toMono(Long.class));
	}

	private Mono<Void> square() {
		String call = nextCall("square");
		long number = random(0, 1_000_000);
		return track(call, this.client.invoke("number.square").arguments(Map.of("number", number)).toMono(Long.class),
				number * number);
	}

	private Mono<Void> confirm() {
		String call = nextCall("confirm");
		return once(call, this.client.invoke("order.confirm").arguments(Map.of("call", call)).toMono(String.class),
				call);
	}

	private Mono<Answer<Confirmation>> answer(QuestionRequest question) {
		this.score.questions.increment();
		String call = question.prompt();
		if (!this.asked.add(call)) {
			this.score.duplicate(call + " was asked twice");
		}
		return Mono.delay(Duration.ofMillis(random(0, 20))).map((later) -> Answer.of(new Confirmation(call)));
	}

	private Mono<Void> upload() {
		return upload(random(20, 200));
	}

	private Mono<Void> upload(int n) {
		String call = nextCall("sum");
		Duration pace = Duration.ofMillis(random(5, 30));
		Flux<Long> numbers = Flux.interval(pace)
			.onBackpressureBuffer()
			.take(n)
			.map((i) -> i + 1)
			.doOnNext((number) -> this.score.uploaded.increment());
		return once(call,
				this.client.invoke("numbers.sum").arguments(Map.of("call", call)).items(numbers).toMono(Long.class),
				(long) n * (n + 1) / 2);
	}

	private Mono<Void> once(String call, Mono<Long> result) {
		return once(call, result, null);
	}

	/** A call that must not run twice. */
	private <T> Mono<Void> once(String call, Mono<T> result, Object expected) {
		return track(call, result.doOnSuccess((value) -> this.score.succeeded(call)), expected);
	}

	private <T> Mono<Void> track(String call, Mono<T> result, Object expected) {
		Invocation invocation = this.score.open(call);
		return result.switchIfEmpty(Mono.fromRunnable(() -> this.score.lost(call + " has no result")))
			.doOnNext((value) -> {
				sign(invocation);
				this.score.calls.increment();
				if (expected != null && !expected.equals(value)) {
					this.score.wrong(call + " gave " + value + " in place of " + expected);
				}
			})
			.then()
			.onErrorResume((error) -> failed(invocation, call, error))
			.doFinally((end) -> this.score.close(invocation));
	}

	private Mono<Void> failed(Invocation invocation, String call, Throwable error) {
		sign(invocation);
		this.score.failures.increment();
		if (error instanceof ActionException exception) {
			ErrorCode code = exception.errorCode();
			String kind = (code != null) ? code.name() : "application error " + exception.code();
			this.score.signal(kind, call + ": " + exception.getMessage());
			if (code == null) {
				this.score.lost(call + " failed on the pod: " + exception.getMessage());
			}
			boolean certain = code == ErrorCode.REFUSED || code == ErrorCode.UNAVAILABLE && !exception.hasMaybeRun();
			if (certain) {
				this.score.denied(call);
			}
		}
		else {
			this.score.lost(call + " failed without a code: " + error);
		}
		return Mono.delay(AFTER_FAILURE).then();
	}

	/**
	 * Something came for an invocation. After a breakage that of an invocation counts
	 * which was open by then; what was begun later proves little. With one small thing at
	 * a time there may be none.
	 */
	private void sign(Invocation invocation) {
		invocation.sign();
		Breakage before = this.broken;
		if (before != null && isConnected() && (this.light || invocation.isOlderThan(before.at()))) {
			this.broken = null;
			this.score.recovered(before.kind(), System.nanoTime() - before.at());
		}
	}

	// -- What becomes of its connection

	/** Called at each attempt to connect. */
	private void attempting() {
		if (!this.seeking) {
			this.seeking = true;
			this.work.add(this.client.connect().subscribe(null, this::refused, this::connected));
		}
	}

	private void refused(Throwable error) {
		this.seeking = false;
		if (!this.stopping) {
			this.score.signal("connection refused", this.name + ": " + error.getMessage());
			this.work.add(this.client.connect().onErrorComplete().subscribe());
		}
	}

	private void connected() {
		this.seeking = false;
		long before = this.connectedAt;
		this.connectedAt = System.nanoTime();
		this.score.connects.increment();
		String session = this.client.sessionId();
		if (!this.lastSession.isEmpty()) {
			if (session.equals(this.lastSession)) {
				this.score.resumes.increment();
			}
			else {
				this.score.resets.increment();
			}
			Breakage breakage = this.latest.get();
			if (breakage != null && breakage.at() - before > 0) {
				this.broken = breakage;
				if (this.light) {
					// There may be nothing on its way, so ask for something.
					this.work.add(square().subscribe());
				}
			}
		}
		this.lastSession = session;
	}

	/**
	 * Every tenth number of a stream.
	 *
	 * @param call id of the call
	 * @param number counts from 1
	 */
	record Milestone(String call, long number) {

	}

	/**
	 * The answer to a question.
	 *
	 * @param call id of the call that asked
	 */
	record Confirmation(String call) {

	}

}
