package io.agentsocket.function;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.agentsocket.action.ActionErrors;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.FunctionPushException;
import io.agentsocket.action.ResultEncoder;
import io.agentsocket.action.ResultShape;
import io.agentsocket.action.UnsignalledErrors;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * An invocation that goes on after its request was answered: pushes the items that a tool
 * gives, in their order, one push at a time. Items that come meanwhile go with the next
 * one. Ends with the end or an error, when the pods take nothing more, or when the token
 * expires. Thread-safe.
 */
final class DetachedRun implements Disposable {

	private static final Log logger = PrintableLog.of(DetachedRun.class);

	/** Items that wait: a tool is no further ahead of its agent. */
	private static final int AHEAD = 64;

	/**
	 * Bytes of items in one push, unless one item has more: half of what a pod takes, so
	 * that their envelopes have room.
	 */
	private static final int MAX_BYTES = 512 * 1024;

	/** Before a push is repeated that was repeated three times already. */
	private static final Duration FIRST_WAIT = Duration.ofSeconds(1);

	/**
	 * Pods that are started anew are there by then, and cost little when they are not.
	 */
	private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

	/** The member of an operation that ends the invocation with an error. */
	private static final String ERROR = "error";

	/** The invocation is gone, not only a push. */
	private static final List<Integer> GONE = List.of(401, 404, 409, 410);

	private final CallbackPush callback;

	private final AgentExchange exchange;

	private final ActionErrors errors;

	private final Consumer<DetachedRun> over;

	private final ResultEncoder encoder;

	private final Items items = new Items();

	private final Queue<Operation> waiting = new ArrayDeque<>();

	private @Nullable Disposable pushing;

	private @Nullable Disposable expiry;

	/** Whether the end or an error waits, or was pushed. */
	private boolean last;

	private boolean disposed;

	/**
	 * Create a run.
	 * @param over called once, when nothing more is done
	 */
	DetachedRun(CallbackPush callback, AgentExchange exchange, ActionErrors errors, Consumer<DetachedRun> over) {
		this.callback = callback;
		this.exchange = exchange;
		this.encoder = new ResultEncoder(exchange.codec(), exchange.action());
		this.errors = errors;
		this.over = over;
	}

	/** Subscribe to the items. */
	void begin(Flux<?> rest) {
		Duration left = Duration.between(Instant.now(), this.callback.expiresAt());
		synchronized (this) {
			if (this.disposed) {
				return;
			}
			this.expiry = Schedulers.parallel().schedule(() -> {
				logger.warn("The detached invocation of action " + name() + " has not ended before its token");
				dispose();
			}, Math.max(0, left.toMillis()), TimeUnit.MILLISECONDS);
		}
		UnsignalledErrors.watch(() -> rest.subscribe(this.items), this::unsignalled);
	}

	/** A task of the tool has failed, and there will be no signal of that. */
	private void unsignalled(Throwable error) {
		this.items.cancel();
		this.items.hookOnError(error);
	}

	private String name() {
		return this.exchange.action().name();
	}

	private void add(Operation operation, boolean isLast) {
		synchronized (this) {
			if (this.last || this.disposed) {
				return;
			}
			this.last = isLast;
			this.waiting.add(operation);
			if (!isLast && this.exchange.action().result() == ResultShape.VALUE) {
				// It goes with the end.
				return;
			}
		}
		push();
	}

	/** Pushes the waiting items, unless a push is under way. */
	private void push() {
		List<Map<String, Object>> operations = new ArrayList<>();
		int count = 0;
		boolean isEnd;
		Disposable.Swap slot = Disposables.swap();
		synchronized (this) {
			if (this.pushing != null || this.disposed || this.waiting.isEmpty()) {
				return;
			}
			int bytes = 0;
			for (Operation next = this.waiting.peek(); next != null
					&& (count == 0 || bytes + next.size() <= MAX_BYTES); next = this.waiting.peek()) {
				operations.add(next.members());
				bytes += next.size();
				count++;
				this.waiting.remove();
			}
			isEnd = this.last && this.waiting.isEmpty();
			this.pushing = slot;
		}
		int taken = count;
		boolean isFailure = count == 1 && operations.get(0).containsKey(ERROR);
		// The pods have no room, or are started anew: the token says for how long to try.
		slot.update(this.callback.send(operations, UUID.randomUUID().toString())
			.retryWhen(Retry.backoff(Long.MAX_VALUE, FIRST_WAIT).maxBackoff(LONGEST_WAIT).filter(DetachedRun::mayPass))
			.subscribe((receipt) -> pushed(taken, isEnd), (error) -> refused(error, isFailure)));
	}

	private static boolean mayPass(Throwable error) {
		return (error instanceof FunctionPushException refusal) ? PushClient.mayPass(refusal.status())
				: error instanceof IOException || error instanceof TimeoutException;
	}

	private void pushed(int count, boolean isEnd) {
		if (isEnd) {
			dispose();
			return;
		}
		synchronized (this) {
			this.pushing = null;
		}
		UnsignalledErrors.watch(() -> this.items.request(count), this::unsignalled);
		push();
	}

	/**
	 * A push came to nothing. Its agent is told by an error, unless it was one already.
	 */
	private void refused(Throwable error, boolean isFailure) {
		this.items.cancel();
		int status = (error instanceof FunctionPushException refusal) ? refusal.status() : 0;
		synchronized (this) {
			this.pushing = null;
			this.waiting.clear();
			this.last = false;
		}
		if (GONE.contains(status)) {
			logger.debug("The detached invocation of action " + name() + " has ended: " + error.getMessage());
			dispose();
			return;
		}
		logger.warn("A push of the detached invocation of action " + name() + " has failed: " + error);
		if (isFailure) {
			dispose();
			return;
		}
		add(failure(new ActionException(ErrorCode.INTERNAL, "An item of the function was refused")), true);
	}

	/** The application ends: tells the agent, as far as that goes. */
	Mono<Void> abandon() {
		this.items.cancel();
		dispose();
		return this.callback
			.send(List.of(failure(new ActionException(ErrorCode.LOST, "The function has ended")).members()))
			.then();
	}

	/** Pushes an item; {@code null} for a text of which nothing is complete yet. */
	private @Nullable Operation operation(Object item) {
		Bytes encoded = this.encoder.encode(item);
		return switch (this.encoder.frameType(item)) {
			case TEXT -> encoded.isEmpty() ? null : new Operation(Map.of("text", encoded.toUtf8()), encoded.length());
			case BYTES -> {
				String base64 = Base64.getEncoder().encodeToString(encoded.toArray());
				yield new Operation(Map.of("bytes", base64), base64.length());
			}
			default -> {
				Map<String, Object> members = new LinkedHashMap<>();
				members.put("item", this.exchange.codec().decode(encoded, Object.class));
				yield new Operation(members, encoded.length() * 2);
			}
		};
	}

	private static Operation failure(ActionException error) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put("code", error.code());
		members.put("text", error.text());
		if (error.isRetryable()) {
			members.put("retryable", true);
		}
		if (error.correlation() != null) {
			members.put("correlation", error.correlation());
		}
		if (!error.violations().isEmpty()) {
			members.put("violations", ProblemDetails.violations(error.violations()));
		}
		return new Operation(Map.of(ERROR, members), 0);
	}

	@Override
	public void dispose() {
		Disposable push;
		Disposable timer;
		synchronized (this) {
			if (this.disposed) {
				return;
			}
			this.disposed = true;
			this.waiting.clear();
			push = this.pushing;
			timer = this.expiry;
		}
		this.items.cancel();
		if (push != null) {
			push.dispose();
		}
		if (timer != null) {
			timer.dispose();
		}
		this.over.accept(this);
	}

	@Override
	public synchronized boolean isDisposed() {
		return this.disposed;
	}

	/**
	 * An operation of a push.
	 *
	 * @param members as in section 10
	 * @param size about as many bytes as it takes
	 */
	private record Operation(Map<String, Object> members, int size) {
	}

	/** Takes the items of the tool. */
	private final class Items extends BaseSubscriber<Object> {

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			subscription.request(AHEAD);
		}

		@Override
		protected void hookOnNext(Object item) {
			Operation operation;
			try {
				operation = operation(item);
			}
			catch (RuntimeException ex) {
				cancel();
				hookOnError(ex);
				return;
			}
			if (operation != null) {
				add(operation, false);
			}
			else {
				request(1);
			}
		}

		@Override
		protected void hookOnComplete() {
			try {
				DetachedRun.this.encoder.end();
			}
			catch (RuntimeException ex) {
				hookOnError(ex);
				return;
			}
			add(new Operation(Map.of("end", true), 0), true);
		}

		@Override
		protected void hookOnError(Throwable error) {
			AgentExchange failed = DetachedRun.this.exchange;
			add(failure(DetachedRun.this.errors.toActionException(error, failed, (misfit) -> false)), true);
		}

	}

}
