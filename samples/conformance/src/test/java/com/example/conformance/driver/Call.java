package com.example.conformance.driver;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.example.conformance.wire.Values;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Violation;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.json.JsonMapper;

/**
 * A call of a case.
 */
final class Call {

	private static final Object END = new Object();

	private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();

	private final List<List<Object>> progress = new CopyOnWriteArrayList<>();

	private final Sinks.Many<Object> items = Sinks.many().unicast().onBackpressureBuffer();

	private final Sinks.Empty<Void> stop = Sinks.empty();

	private final Subscriber subscriber;

	private final String result;

	private volatile boolean cancelled;

	Call(AgentSocketClient client, Map<?, ?> step) {
		this.result = (step.get("result") instanceof String text) ? text : "value";
		InvocationSpec spec = client.invoke(String.valueOf(step.get("action")))
			.arguments(Values.expand(step.get("arguments")))
			.stopWhen(this.stop.asMono())
			.onProgress(this::reported);
		if (step.get("timeout") instanceof Number timeout) {
			spec.timeout(Duration.ofMillis(timeout.longValue()));
		}
		if (step.get("key") instanceof String key) {
			spec.idempotencyKey(key);
		}
		if (step.get("idempotent") instanceof Boolean idempotent) {
			spec.idempotent(idempotent);
		}
		if (step.get("items") != null) {
			spec.items(outbound(step.get("items")));
		}
		long credit = (step.get("credit") instanceof Number number) ? number.longValue() : Long.MAX_VALUE;
		this.subscriber = new Subscriber(credit);
		results(spec).subscribe(this.subscriber);
	}

	private Publisher<?> outbound(Object sent) {
		Object expanded = Values.expand(sent);
		return (expanded instanceof List<?> list) ? Flux.fromIterable(list).map(Call::item) : this.items.asFlux();
	}

	/** The object that the client takes for an item of the right type. */
	private static Object item(Object entry) {
		if (entry instanceof Map<?, ?> map && map.size() == 1) {
			if (map.containsKey("text") || map.containsKey("bytes")) {
				return map.values().iterator().next();
			}
			if (map.containsKey("item")) {
				return data(map.get("item"));
			}
		}
		return data(entry);
	}

	/** A text is sent as TEXT, the same as a node as DATA. */
	private static Object data(Object value) {
		return (value instanceof String) ? JsonMapper.shared().valueToTree(value) : value;
	}

	private Flux<?> results(InvocationSpec spec) {
		return switch (this.result) {
			case "items" -> spec.toFlux(Object.class);
			case "text" -> spec.toFlux(String.class);
			case "bytes" -> spec.toFlux(byte[].class);
			default -> spec.toMono(Object.class).flux();
		};
	}

	private void reported(Progress report) {
		List<Object> members = new ArrayList<>();
		members.add(report.done());
		members.add(report.total());
		members.add(report.text());
		this.progress.add(members);
	}

	void send(Map<?, ?> step) {
		for (String member : List.of("item", "text", "bytes")) {
			if (step.containsKey(member)) {
				Object value = Values.expand(step.get(member));
				this.items.tryEmitNext(member.equals("item") ? data(value) : value).orThrow();
			}
		}
	}

	void endItems() {
		this.items.tryEmitComplete();
	}

	void cancel() {
		this.cancelled = true;
		this.subscriber.cancel();
		this.received.clear();
		this.received.add(END);
	}

	void stop() {
		this.stop.tryEmitEmpty();
	}

	boolean hasReported(Object expected) {
		return this.progress.stream().anyMatch((report) -> Values.matches(expected, report));
	}

	private Object next() throws InterruptedException {
		Object next = this.received.poll(Player.STEP.toMillis(), TimeUnit.MILLISECONDS);
		StepFailed.unless(next != null, "nothing came of the call");
		return next;
	}

	List<Object> take(int count) throws InterruptedException {
		List<Object> taken = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			Object next = next();
			StepFailed.unless(next != END && !(next instanceof Throwable),
					"the call ended: " + next + " after " + taken);
			this.subscriber.grant(1);
			taken.add(next);
		}
		return taken;
	}

	void finish(Map<?, ?> expected) throws InterruptedException {
		List<Object> rest = new ArrayList<>();
		Object next = next();
		while (next != END && !(next instanceof Throwable)) {
			rest.add(next);
			this.subscriber.grant(1);
			next = next();
		}
		if (expected.containsKey("cancelled")) {
			StepFailed.unless(this.cancelled && rest.isEmpty(), "items after the cancel: " + rest);
		}
		else if (expected.get("error") instanceof Map<?, ?> error) {
			StepFailed.unless(next instanceof Throwable, "no error, but " + shortened(rest));
			error((Throwable) next, error);
			Object after = expected.get("after");
			StepFailed.unless(after == null || Values.matches(after, rest), "before the error came " + shortened(rest));
		}
		else {
			StepFailed.unless(next == END, String.valueOf(next));
			StepFailed.unless(isExpected(expected, rest), shortened(rest) + " came, not " + expected);
		}
	}

	private static boolean isExpected(Map<?, ?> expected, List<Object> rest) {
		if (expected.containsKey("none")) {
			return rest.isEmpty();
		}
		if (expected.containsKey("items")) {
			return Values.matches(expected.get("items"), rest);
		}
		if (expected.containsKey("text")) {
			return Values.matches(expected.get("text"), rest.stream().map(String::valueOf).reduce("", String::concat));
		}
		if (expected.containsKey("bytes")) {
			ByteArrayOutputStream all = new ByteArrayOutputStream();
			rest.forEach((piece) -> all.writeBytes((byte[]) piece));
			return Values.matches(expected.get("bytes"), all.toByteArray());
		}
		StepFailed.unless(expected.containsKey("value"), "unknown expectation " + expected);
		return rest.isEmpty() ? expected.get("value") == null
				: rest.size() == 1 && Values.matches(expected.get("value"), rest.get(0));
	}

	private static String shortened(Object value) {
		String text = String.valueOf(value);
		return (text.length() > 300) ? text.substring(0, 300) + "..." : text;
	}

	/** Compare an error with what is expected of it. */
	static void error(Throwable actual, Map<?, ?> expected) {
		StepFailed.unless(actual instanceof ActionException, String.valueOf(actual));
		ActionException error = (ActionException) actual;
		expected.forEach((member, value) -> {
			boolean right = switch (String.valueOf(member)) {
				case "code" -> (value instanceof List<?> codes) ? codes.contains(error.code())
						: Values.matches(value, error.code());
				case "text" -> error.text().equals(value);
				case "violations" ->
					pointers(error).equals(((List<?>) value).stream().map(String::valueOf).sorted().toList());
				case "retryable" -> value.equals(error.isRetryable());
				case "mayHaveRun" -> value.equals(error.hasMaybeRun());
				case "correlation" -> error.correlation() != null;
				case "not" -> !error.getMessage().contains(String.valueOf(value));
				default -> throw new StepFailed("unknown expectation " + member);
			};
			StepFailed.unless(right, error.code() + " " + error.getMessage() + " (may have run: " + error.hasMaybeRun()
					+ ", retryable: " + error.isRetryable() + ", " + pointers(error) + ") is not " + expected);
		});
	}

	private static List<String> pointers(ActionException error) {
		return error.violations().stream().map(Violation::pointer).sorted().toList();
	}

	private final class Subscriber extends BaseSubscriber<Object> {

		private final long credit;

		Subscriber(long credit) {
			this.credit = credit;
		}

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			request(this.credit);
		}

		void grant(long count) {
			if (this.credit != Long.MAX_VALUE) {
				request(count);
			}
		}

		@Override
		protected void hookOnNext(Object value) {
			if (!Call.this.cancelled) {
				Call.this.received.add(value);
			}
		}

		@Override
		protected void hookOnComplete() {
			Call.this.received.add(END);
		}

		@Override
		protected void hookOnError(Throwable error) {
			Call.this.received.add(error);
		}

	}

}
