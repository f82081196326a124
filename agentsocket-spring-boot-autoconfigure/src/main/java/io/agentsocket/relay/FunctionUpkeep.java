package io.agentsocket.relay;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Encoded;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Printable;
import io.agentsocket.relay.answer.AnswerDecoder;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.Payloads;
import io.agentsocket.relay.answer.WholeDecoder;
import io.agentsocket.relay.transport.FunctionRequest;
import io.agentsocket.relay.transport.RequestTiming;
import org.apache.commons.logging.Log;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * The requests to a function beside invocations: it is asked for its actions, asked to
 * warm up, and told of sessions. None of them fails anything. Thread-safe. Implements
 * sections 11 and 12 of {@code docs/function-protocol.md}.
 */
final class FunctionUpkeep {

	private static final Log logger = PrintableLog.of(FunctionUpkeep.class);

	private static final int MAX_DESCRIPTION = 1024 * 1024;

	private static final int MAX_ACTIONS = 256;

	/** Characters of a name, which a function has told, in a line of the log. */
	private static final int MAX_LOGGED = 128;

	private static final Duration LEAST_INTERVAL = Duration.ofSeconds(10);

	/** Between two requests to warm up: agents that connect at once need one instance. */
	private static final long WARM_INTERVAL = Duration.ofSeconds(10).toNanos();

	private final FunctionRelay relay;

	private final RelayedActions actions;

	private final ActionCatalog catalog;

	private final FunctionSettings.Upkeep options;

	private final AtomicLong warmed = new AtomicLong(System.nanoTime() - WARM_INTERVAL);

	private final Disposable.Swap describing = Disposables.swap();

	/** Descriptors of the actions that were learned, by their names. */
	private Map<String, Map<String, Object>> learned = new HashMap<>();

	FunctionUpkeep(FunctionRelay relay, RelayedActions actions, ActionCatalog catalog) {
		this.relay = relay;
		this.actions = actions;
		this.catalog = catalog;
		this.options = relay.settings().upkeep();
		relay.slots().starter(this::warmed);
	}

	/** Ask for the actions now and from time to time. */
	void start() {
		if (this.options.describe()) {
			describeIn(Duration.ZERO);
		}
		warm("start");
	}

	void stop() {
		this.describing.dispose();
	}

	private void describeIn(Duration wait) {
		this.describing.update(Mono.delay(wait, this.relay.timer())
			.then(Mono.defer(this::describe))
			.subscribe(this::describeIn, (error) -> {
				logger.warn("The function " + name() + " was not described; its actions stay as they are: "
						+ ((error instanceof FunctionFailure failure) ? failure.reason() : error.toString()));
				describeIn(this.options.interval());
			}));
	}

	private String name() {
		return this.relay.settings().name();
	}

	/**
	 * Ask for the actions once and offer them.
	 * @return how long to wait before the next time
	 */
	Mono<Duration> describe() {
		return request("describe", Map.of(), FunctionUpkeep::description).map(this::described)
			.onErrorMap(CodecException.class, (error) -> FunctionFailure.malformed("Its description is malformed"));
	}

	/** Learns from a description; returns how long to wait before the next one. */
	private Duration described(Bytes body) {
		try {
			Map<String, Object> map = body.isEmpty() ? Map.of() : this.relay.codecs().json().decodeMap(body);
			learn(map.get("actions") instanceof List<?> list ? list : List.of());
			Duration ttl = Payloads.time(map.get("ttlMs"));
			Duration wait = (ttl != null) ? ttl : this.options.interval();
			return (wait.compareTo(LEAST_INTERVAL) < 0) ? LEAST_INTERVAL : wait;
		}
		catch (Error ex) {
			// Reactor would not pass it on, and the function would never be asked again.
			throw new IllegalStateException("A description cannot be used", ex);
		}
	}

	private static AnswerDecoder description(AnswerHead head) {
		if (head.status() == 404 || head.status() == 204) {
			return WholeDecoder.ignoring(List.of(new AnswerPart.Item(FrameType.DATA, new Encoded(Bytes.EMPTY))));
		}
		if (head.status() != 200 || head.isEncoded() || !head.mediaType().endsWith("json")) {
			throw FunctionFailure
				.malformed("Its description came with status " + head.status() + " as " + head.mediaType());
		}
		return new WholeDecoder(MAX_DESCRIPTION, false,
				(body) -> List.of(new AnswerPart.Item(FrameType.DATA, new Encoded(body))));
	}

	private synchronized void learn(List<?> list) {
		Map<String, Map<String, Object>> present = new LinkedHashMap<>();
		for (Object each : list) {
			Map<String, Object> descriptor = Payloads.object(each);
			if (descriptor != null && present.size() < MAX_ACTIONS) {
				try {
					RelayedAction action = Described.action(descriptor, this.relay.settings());
					if (offer(action, descriptor)) {
						present.put(action.descriptor().name(), descriptor);
					}
				}
				catch (FunctionFailure ex) {
					logger.warn("The action " + Printable.of(String.valueOf(descriptor.get("name")), MAX_LOGGED)
							+ " that the function " + name() + " describes is left out: " + ex.reason());
				}
			}
		}
		Set<String> gone = new HashSet<>(this.learned.keySet());
		gone.removeAll(present.keySet());
		gone.forEach(this.catalog::remove);
		this.learned = present;
	}

	/** Offers an action unless somebody else has its name. */
	private boolean offer(RelayedAction action, Map<String, Object> descriptor) {
		String name = action.descriptor().name();
		Map<String, Object> before = this.learned.get(name);
		if (descriptor.equals(before)) {
			return true;
		}
		if (before != null) {
			this.catalog.replace(this.actions.action(action));
			return true;
		}
		Action known = this.catalog.find(name);
		if (known != null) {
			if (!this.actions.isOwn(known)) {
				logger.warn("The function " + name() + " describes the action " + name
						+ ", which somebody else has already: it is left out");
			}
			return false;
		}
		try {
			this.catalog.add(this.actions.action(action));
			return true;
		}
		catch (IllegalStateException ex) {
			return false;
		}
	}

	/** An agent has connected. */
	void connected() {
		warm("connect");
	}

	/** Ask an instance to come to life, unless that was done a moment ago. */
	private void warm(String reason) {
		if (this.options.warmUp()) {
			long last = this.warmed.get();
			long now = System.nanoTime();
			boolean due = now - last >= WARM_INTERVAL && this.warmed.compareAndSet(last, now);
			this.relay.slots().warm(reason, due);
		}
	}

	/** Asks an instance to come to life; whether it did. */
	private Mono<Boolean> warmed(String reason) {
		return Mono.defer(() -> {
			long begin = System.nanoTime();
			return request("warm", Map.of(), FunctionUpkeep::warmAnswer).hasElement()
				.doOnError((error) -> logger.debug("The function " + name() + " did not warm up", error))
				.onErrorReturn(false)
				.doOnNext((ok) -> this.relay.listener().warmed(name(), reason, ok, System.nanoTime() - begin));
		});
	}

	/** A function that does not know the request has an instance nevertheless. */
	private static AnswerDecoder warmAnswer(AnswerHead head) {
		boolean alive = head.status() < 500 && head.status() != 429;
		return WholeDecoder
			.ignoring(alive ? List.of(new AnswerPart.Item(FrameType.DATA, new Encoded(Bytes.EMPTY))) : List.of());
	}

	/** Tell the function of a session, if it wants to know. */
	void session(String type, Map<String, Object> session) {
		if (this.relay.settings().notices()) {
			tell(type, session);
		}
	}

	private void tell(String type, Map<String, Object> more) {
		request(type, more, (head) -> WholeDecoder.ignoring(AnswerPart.end())).subscribe(null,
				(error) -> logger.debug("The function " + name() + " did not take " + type, error));
	}

	private Mono<Bytes> request(String type, Map<String, Object> more, Function<AnswerHead, AnswerDecoder> decoder) {
		return Mono.defer(() -> {
			Map<String, Object> body = new LinkedHashMap<>();
			body.put("v", 1);
			body.put("type", type);
			body.put("function", name());
			body.putAll(more);
			FunctionSettings settings = this.relay.settings();
			FunctionRequest request = RequestBodies.request(this.relay, settings.url(), type, Map.of(),
					this.relay.codecs().json().encodeMap(body), settings.times().total());
			return this.relay.transport()
				.exchange(request, decoder, new RequestTiming())
				.concatMap((part) -> (part instanceof AnswerPart.Failed failed) ? Mono.error(failed.failure())
						: Mono.just(part), 0)
				.ofType(AnswerPart.Item.class)
				.map((item) -> item.encoded().bytes())
				.next();
		});
	}

}
