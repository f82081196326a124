package io.agentsocket.test;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

import io.agentsocket.action.Answer;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Signal;
import reactor.core.publisher.Sinks;

import org.springframework.core.ParameterizedTypeReference;

/**
 * An invocation of an action in a test: first its arguments, then the expectation, which
 * invokes the action and waits for it. Each expectation invokes it once more. Used by one
 * thread.
 */
public final class TestInvocation {

	private final AgentSocketClient client;

	private final String action;

	private final Duration timeout;

	private final Supplier<String> note;

	private final Map<String, @Nullable Object> named = new LinkedHashMap<>();

	private @Nullable Object arguments;

	private @Nullable Duration deadline;

	private @Nullable String idempotencyKey;

	private @Nullable Publisher<?> items;

	private boolean sendsItems;

	private final List<Answer<?>> answers = new ArrayList<>();

	private @Nullable Boolean decision;

	TestInvocation(AgentSocketClient client, String action, Duration timeout, Supplier<String> note) {
		this.client = client;
		this.action = action;
		this.timeout = timeout;
		this.note = note;
	}

	/**
	 * Add an argument.
	 * @param name its name
	 * @param value its value, or {@code null}
	 * @return this
	 */
	public TestInvocation argument(String name, @Nullable Object value) {
		this.named.put(name, value);
		return this;
	}

	/**
	 * Set all arguments at once.
	 * @param arguments a map, record or bean, or {@code null} for none; named ones are
	 * not sent then
	 * @return this
	 */
	public TestInvocation arguments(@Nullable Object arguments) {
		this.arguments = arguments;
		return this;
	}

	/**
	 * Set the deadline of the invocation, which travels with it. How long the test waits
	 * is set with {@link AgentSocketTesterBuilder#timeout(Duration)}.
	 * @param time from the beginning of the invocation on
	 * @return this
	 */
	public TestInvocation deadline(Duration time) {
		this.deadline = time;
		return this;
	}

	/**
	 * Set the key that identifies the invocation within the session.
	 * @param key at most 64 bytes
	 * @return this
	 */
	public TestInvocation idempotencyKey(String key) {
		this.idempotencyKey = key;
		return this;
	}

	/**
	 * Send items to the running action, and then their end.
	 * @param items {@code CharSequence} is sent as TEXT, {@code byte[]} as BYTES,
	 * anything else as DATA
	 * @return this
	 */
	public TestInvocation items(Object... items) {
		return items(Flux.fromIterable(Arrays.asList(items)));
	}

	/**
	 * Send items to the running action as a publisher has them.
	 * @param items the items
	 * @return this
	 */
	public TestInvocation items(Publisher<?> items) {
		this.items = items;
		return this;
	}

	/**
	 * Have items sent by {@link RunningInvocation#send(Object)}.
	 * @return this
	 */
	public TestInvocation sendingItems() {
		this.sendsItems = true;
		return this;
	}

	/**
	 * Answer the questions that the action asks. Without an answer it finds a caller that
	 * answers no questions; to answer with the question at hand use
	 * {@link #start(Class)}.
	 * @param answers values, in the order of the questions; an {@link Answer} for another
	 * outcome
	 * @return this
	 */
	public TestInvocation answering(Object... answers) {
		for (Object answer : answers) {
			this.answers.add((answer instanceof Answer<?> given) ? given : Answer.of(answer));
		}
		return this;
	}

	/**
	 * Approve whatever the action asks permission for.
	 * @return this
	 */
	public TestInvocation approving() {
		this.decision = Boolean.TRUE;
		return this;
	}

	/**
	 * Approve nothing that the action asks permission for.
	 * @return this
	 */
	public TestInvocation declining() {
		this.decision = Boolean.FALSE;
		return this;
	}

	/**
	 * Invoke the action and expect exactly one value.
	 * @param type its type
	 * @param <T> its type
	 * @return the value
	 */
	public <T> ExpectedValue<T> expectValue(Class<T> type) {
		return value(type);
	}

	/**
	 * Invoke the action and expect exactly one value.
	 * @param type its type
	 * @param <T> its type
	 * @return the value
	 */
	public <T> ExpectedValue<T> expectValue(ParameterizedTypeReference<T> type) {
		return value(type.getType());
	}

	private <T> ExpectedValue<T> value(Type type) {
		String expected = "one value of " + type.getTypeName();
		Recording<T> run = run(type, questions());
		List<T> items = completed(run, expected);
		if (items.size() != 1) {
			throw run.failure(expected,
					items.isEmpty() ? "an end without a value" : items.size() + " items: " + Statement.of(items));
		}
		return new ExpectedValue<>(statement(), items.get(0));
	}

	/**
	 * Invoke the action and expect it to end without a value, or with {@code null}.
	 */
	public void expectNoValue() {
		String expected = "an end without a value";
		Recording<Object> run = run(Object.class, questions());
		List<Object> items = completed(run, expected);
		if (!items.isEmpty()) {
			throw run.failure(expected, (items.size() == 1) ? Statement.of(items.get(0)) : Statement.of(items));
		}
	}

	/**
	 * Invoke the action and expect any number of items, and then the end.
	 * @param type type of an item: {@code String} for TEXT, {@code byte[]} for BYTES
	 * @param <T> type of an item
	 * @return the items
	 */
	public <T> ExpectedItems<T> expectItems(Class<T> type) {
		return items(type);
	}

	/**
	 * Invoke the action and expect any number of items, and then the end.
	 * @param type type of an item
	 * @param <T> type of an item
	 * @return the items
	 */
	public <T> ExpectedItems<T> expectItems(ParameterizedTypeReference<T> type) {
		return items(type.getType());
	}

	private <T> ExpectedItems<T> items(Type type) {
		String expected = "items of " + type.getTypeName() + " and the end";
		return new ExpectedItems<>(statement(), completed(run(type, questions()), expected));
	}

	/**
	 * Invoke the action and expect a text, in however many pieces it comes.
	 * @return the whole text
	 */
	public ExpectedValue<String> expectText() {
		List<String> pieces = completed(this.<String>run(String.class, questions()), "a text and its end");
		return new ExpectedValue<>(statement(), String.join("", pieces));
	}

	/**
	 * Invoke the action and expect it to fail, after any number of items.
	 * @param code code of the error
	 * @return the error
	 */
	public ExpectedError expectError(ErrorCode code) {
		return expectError(code.code());
	}

	/**
	 * Invoke the action and expect it to fail, after any number of items.
	 * @param code code of the error, also one of the application
	 * @return the error
	 */
	public ExpectedError expectError(int code) {
		String expected = "the error " + Statement.code(code);
		Recording<Object> run = run(Object.class, questions());
		Signal<Object> end = run.end(expected);
		if (end.getThrowable() instanceof ActionException error && error.code() == code) {
			return new ExpectedError(statement(), error);
		}
		throw run.failure(expected, run.came(end));
	}

	/**
	 * Invoke the action and expect its arguments to be refused, with violations at these
	 * places, any number at each, and at no others.
	 * @param pointers JSON pointers to arguments, such as {@code /days}; empty for the
	 * arguments as a whole
	 * @return the error
	 */
	public ExpectedError expectViolations(String... pointers) {
		return expectError(ErrorCode.INVALID_ARGUMENT).violations(pointers);
	}

	/**
	 * Invoke the action and go on with the test while it runs.
	 * @param type type of the value or of an item
	 * @param <T> type of the value or of an item
	 * @return the running invocation, whose questions wait for the test
	 */
	public <T> RunningInvocation<T> start(Class<T> type) {
		return running(type);
	}

	/**
	 * Invoke the action and go on with the test while it runs.
	 * @param type type of the value or of an item
	 * @param <T> type of the value or of an item
	 * @return the running invocation, whose questions wait for the test
	 */
	public <T> RunningInvocation<T> start(ParameterizedTypeReference<T> type) {
		return running(type.getType());
	}

	private <T> RunningInvocation<T> running(Type type) {
		Questions questions = questions();
		questions.keep();
		Sinks.Many<Object> sent = this.sendsItems ? Sinks.many().unicast().onBackpressureBuffer() : null;
		RunningInvocation.Controls controls = new RunningInvocation.Controls(sent, Sinks.empty(),
				new LinkedBlockingQueue<>());
		InvocationSpec invocation = invocation().stopWhen(controls.stop().asMono())
			.onProgress((Progress progress) -> controls.progress().add(progress));
		if (sent != null) {
			invocation.items(sent.asFlux());
		}
		Recording<T> recording = record(results(invocation, type, questions), questions);
		return new RunningInvocation<>(statement(), recording, questions, controls, this.timeout);
	}

	/**
	 * The invocation as a publisher, for {@code StepVerifier} or operators of Reactor.
	 * @param type type of an item
	 * @param <T> type of an item
	 * @return the items; each subscription invokes the action once. Fails with an
	 * {@code AssertionError} when nothing comes within the timeout of the tester
	 */
	public <T> Flux<T> toFlux(Class<T> type) {
		return flux(type);
	}

	/**
	 * The invocation as a publisher, for {@code StepVerifier} or operators of Reactor.
	 * @param type type of an item
	 * @param <T> type of an item
	 * @return the items; each subscription invokes the action once. Fails with an
	 * {@code AssertionError} when nothing comes within the timeout of the tester
	 */
	public <T> Flux<T> toFlux(ParameterizedTypeReference<T> type) {
		return flux(type.getType());
	}

	private <T> Flux<T> flux(Type type) {
		return Flux.defer(() -> TestInvocation.<T>results(invocation(), type, questions()))
			.timeout(this.timeout,
					Flux.error(() -> statement().failure("another item or the end", Patience.nothing(this.timeout))));
	}

	private <T> Recording<T> run(Type type, Questions questions) {
		return record(results(invocation(), type, questions), questions);
	}

	private <T> Recording<T> record(Flux<T> results, Questions questions) {
		// Ends with the client at the latest, which the tester closes.
		return new Recording<>(statement(), questions, this.timeout, results);
	}

	private static <T> List<T> completed(Recording<T> run, String expected) {
		Signal<T> end = run.end(expected);
		if (!end.isOnComplete()) {
			throw run.failure(expected, run.came(end));
		}
		return run.items();
	}

	private Questions questions() {
		Questions questions = new Questions();
		this.answers.forEach(questions::answer);
		if (this.decision != null) {
			questions.decide(this.decision);
		}
		return questions;
	}

	private InvocationSpec invocation() {
		InvocationSpec invocation = this.client.invoke(this.action).arguments(sentArguments());
		if (this.deadline != null) {
			invocation.timeout(this.deadline);
		}
		if (this.idempotencyKey != null) {
			invocation.idempotencyKey(this.idempotencyKey);
		}
		if (this.items != null) {
			invocation.items(this.items);
		}
		return invocation;
	}

	private static <T> Flux<T> results(InvocationSpec invocation, Type type, Questions questions) {
		return invocation.<T>toFlux(ParameterizedTypeReference.forType(type))
			.contextWrite((context) -> context.put(Questions.class, questions));
	}

	private @Nullable Object sentArguments() {
		return (this.arguments != null) ? this.arguments : this.named.isEmpty() ? null : this.named;
	}

	private Statement statement() {
		Object sent = sentArguments();
		return new Statement("Action " + this.action + ((sent != null) ? " with " + Statement.of(sent) : ""),
				this.note);
	}

}
