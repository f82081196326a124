package com.example.conformance.driver;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import com.example.conformance.wire.Values;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionPage;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.CatalogChange;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Plays the steps of one run.
 */
final class Player {

	/** Bound of each step. */
	static final Duration STEP = Duration.ofSeconds(Long.getLong("conformance.step", 90));

	private final Control control;

	private final String run;

	private final String codec;

	private final Path vectors;

	private final ClientOptions options = new ClientOptions();

	private final AgentSocketClient client;

	private final Map<String, Call> calls = new HashMap<>();

	private final Map<String, BlockingQueue<Object>> events = new HashMap<>();

	private final Map<String, Disposable> subscriptions = new HashMap<>();

	private final List<CatalogChange> changes = new CopyOnWriteArrayList<>();

	private @Nullable ActionQuery query;

	private @Nullable ActionPage page;

	Player(Control control, String run, String uri, String codec, Map<?, ?> options, Path vectors) {
		this.control = control;
		this.run = run;
		this.codec = codec;
		this.vectors = vectors;
		this.client = this.options.client(uri, codec, options);
		this.client.changes().subscribe(this.changes::add);
	}

	/**
	 * Play a step.
	 * @param step the step
	 * @return what there is to report of it, usually nothing
	 */
	String play(Map<?, ?> step) throws IOException, InterruptedException {
		String name = String.valueOf(step.get("step"));
		switch (name) {
			case "connect" -> connect(step);
			case "start" -> this.calls.put(String.valueOf(step.get("call")), new Call(this.client, step));
			case "take" -> take(step);
			case "finish" -> call(step).finish((Map<?, ?>) step.get("expect"));
			case "invoke" -> new Call(this.client, step).finish((Map<?, ?>) step.get("expect"));
			case "many" -> many(step);
			case "send" -> call(step).send(step);
			case "end-items" -> call(step).endItems();
			case "cancel" -> call(step).cancel();
			case "stop" -> call(step).stop();
			case "progress" -> await(() -> call(step).hasReported(step.get("expect")), "the progress was not reported");
			case "emit" -> this.client.sendEvent(text(step, "event"), Values.expand(step.get("payload")));
			case "subscribe", "listen" -> subscribe(text(step, "event"));
			case "unsubscribe" -> this.subscriptions.remove(text(step, "event")).dispose();
			case "events" -> events(step);
			case "find" -> find(step);
			case "describe" -> describe(step);
			case "change" -> change(text(step, "name"), text(step, "expect"));
			case "asked" -> noted(this.options.asked(), (List<?>) step.get("expect"));
			case "approved" -> noted(this.options.approved(), (List<?>) step.get("expect"));
			case "observe" -> observe(step);
			case "offer" -> this.client.offered().add(this.options.offered().action((Map<?, ?>) step.get("action")));
			case "withdraw" -> this.client.offered().remove(text(step, "name"));
			case "state" -> state(text(step, "expect"));
			case "close" -> this.client.close().block(STEP);
			case "control" -> command(step);
			case "vectors" -> {
				return new Vectors(this.vectors, this.codec).check(text(step, "file")) + " vectors";
			}
			default -> throw new StepFailed("unknown step " + name);
		}
		return "";
	}

	private static String text(Map<?, ?> step, String member) {
		return String.valueOf(step.get(member));
	}

	private Call call(Map<?, ?> step) {
		return this.calls.get(text(step, "call"));
	}

	private static void await(BooleanSupplier condition, String failure) {
		long end = System.nanoTime() + STEP.toNanos();
		while (!condition.getAsBoolean()) {
			StepFailed.unless(System.nanoTime() < end, failure);
			LockSupport.parkNanos(1_000_000);
		}
	}

	private void connect(Map<?, ?> step) {
		Throwable failure = null;
		try {
			this.client.connect().block(STEP);
		}
		catch (ActionException ex) {
			failure = ex;
		}
		if (step.get("expect") instanceof Map<?, ?> expected) {
			StepFailed.unless(failure != null, "connected");
			Call.error(failure, (Map<?, ?>) expected.get("error"));
		}
		else {
			StepFailed.unless(failure == null, String.valueOf(failure));
		}
	}

	private void take(Map<?, ?> step) throws InterruptedException {
		List<Object> taken = call(step).take(((Number) step.get("count")).intValue());
		if (step.get("expect") instanceof Map<?, ?> expected) {
			StepFailed.unless(Values.matches(expected.get("items"), taken), taken + " came, not " + expected);
		}
	}

	private void many(Map<?, ?> step) throws InterruptedException {
		String text = JsonMapper.shared().writeValueAsString(step);
		List<Call> all = new ArrayList<>();
		List<Map<?, ?>> steps = new ArrayList<>();
		for (int i = 0; i < ((Number) step.get("count")).intValue(); i++) {
			String each = text.replace("\"${i}\"", Integer.toString(i)).replace("${i}", Integer.toString(i));
			steps.add(JsonMapper.shared().readValue(each, Map.class));
			all.add(new Call(this.client, steps.get(i)));
		}
		for (int i = 0; i < all.size(); i++) {
			all.get(i).finish((Map<?, ?>) steps.get(i).get("expect"));
		}
	}

	private void subscribe(String event) {
		BlockingQueue<Object> received = this.events.computeIfAbsent(event, (name) -> new LinkedBlockingQueue<>());
		this.subscriptions.put(event, this.client.events(event, Object.class).subscribe(received::add));
	}

	private void events(Map<?, ?> step) throws InterruptedException {
		List<?> expected = (List<?>) Values.expand(step.get("expect"));
		List<Object> came = new ArrayList<>();
		while (came.size() < expected.size()) {
			Object next = this.events.get(text(step, "event")).poll(STEP.toMillis(), TimeUnit.MILLISECONDS);
			StepFailed.unless(next != null, "only these events came: " + came);
			came.add(next);
		}
		StepFailed.unless(Values.matches(expected, came), "these events came: " + came);
	}

	private void find(Map<?, ?> step) {
		Map<?, ?> expected = (Map<?, ?>) step.get("expect");
		if (step.get("next") == Boolean.TRUE && this.query != null && this.page != null) {
			this.query = this.query.after(this.page.next());
		}
		else {
			List<String> tags = (step.get("tags") instanceof List<?> list) ? list.stream().map(String::valueOf).toList()
					: List.of();
			int limit = (step.get("limit") instanceof Number number) ? number.intValue() : ActionQuery.DEFAULT_LIMIT;
			this.query = new ActionQuery((step.get("query") instanceof String words) ? words : "", tags, limit, null);
		}
		this.page = this.client.find(this.query).block(STEP);
		Map<String, Object> found = Map.of("names", this.page.actions().stream().map(ActionDescriptor::name).toList(),
				"total", this.page.total(), "more", this.page.next() != null);
		StepFailed.unless(Values.has(expected, found), found + " was found, not " + expected);
	}

	private void describe(Map<?, ?> step) {
		List<String> names = ((List<?>) step.get("names")).stream().map(String::valueOf).toList();
		List<ActionDescriptor> found = this.client.describe(names.toArray(String[]::new)).collectList().block(STEP);
		List<String> known = found.stream().map(ActionDescriptor::name).toList();
		Map<?, ?> expected = (Map<?, ?>) step.get("expect");
		List<?> actions = (List<?>) expected.get("actions");
		StepFailed.unless(actions.size() == found.size(), known + " were described");
		for (int i = 0; i < actions.size(); i++) {
			Map<String, Object> descriptor = new HashMap<>(found.get(i).toMap());
			descriptor.putIfAbsent("result", "value");
			Map<?, ?> members = new HashMap<>((Map<?, ?>) actions.get(i));
			for (String nested : List.of("hints", "input", "output")) {
				if (members.get(nested) instanceof Map<?, ?> part) {
					StepFailed.unless(Values.has(part, descriptor.get(nested)),
							nested + " is " + descriptor.get(nested));
					members.remove(nested);
				}
			}
			StepFailed.unless(Values.has(members, descriptor), descriptor + " is not " + members);
		}
		if (expected.get("unknown") instanceof List<?> unknown) {
			List<String> missing = names.stream().filter((name) -> !known.contains(name)).toList();
			StepFailed.unless(missing.equals(unknown), missing + " are unknown");
		}
	}

	private void change(String name, String expected) {
		boolean available = expected.equals("available");
		await(() -> {
			for (CatalogChange change : this.changes) {
				if (change.name().equals(name) && change.isAvailable() == available) {
					this.changes.remove(change);
					return true;
				}
			}
			return false;
		}, "no such change came: " + this.changes);
	}

	private static void noted(BlockingQueue<Map<String, Object>> queue, List<?> expected) throws InterruptedException {
		for (Object each : expected) {
			Map<String, Object> next = queue.poll(STEP.toMillis(), TimeUnit.MILLISECONDS);
			StepFailed.unless(Values.has((Map<?, ?>) each, next), next + " was asked, not " + each);
		}
	}

	private void observe(Map<?, ?> step) {
		int count = (step.get("count") instanceof Number number) ? number.intValue() : 1;
		String action = text(step, "action");
		String what = text(step, "what");
		await(() -> this.options.offered().count(action, what) >= count, action + " was not " + what);
	}

	private void state(String expected) {
		List<ConnectionState> states = switch (expected) {
			case "connected" -> List.of(ConnectionState.CONNECTED);
			case "disconnected" -> List.of(ConnectionState.CONNECTING);
			case "refused" -> List.of(ConnectionState.REFUSED);
			case "closed" -> List.of(ConnectionState.CLOSED);
			default -> throw new StepFailed("unknown state " + expected);
		};
		await(() -> states.contains(this.client.state()),
				"the client is not " + expected + ", but one of " + Arrays.toString(ConnectionState.values()));
	}

	private void command(Map<?, ?> step) throws IOException, InterruptedException {
		Map<?, ?> answer = this.control.post("/runs/" + this.run + "/do", step.get("do"));
		if (step.get("expect") instanceof Map<?, ?> expected) {
			StepFailed.unless(Values.has(expected, answer), "the server says " + answer + ", not " + expected);
		}
	}

	void close() {
		this.client.close().onErrorComplete().block(STEP);
	}

}
