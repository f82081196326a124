package io.agentsocket.relay.push;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.IncomingPush;
import io.agentsocket.relay.answer.Payloads;
import io.agentsocket.relay.answer.RelayMemory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The invocations of functions that run in this pod and may be pushed to. Thread-safe.
 */
public final class OpenInvocations {

	public static final int ACCEPTED = 202;

	static final int BAD_REQUEST = 400;

	static final int CONFLICT = 409;

	static final int TOO_LARGE = 413;

	public static final int TOO_MANY = 429;

	/**
	 * Accepted pushes that are remembered: about 4 MiB. A repetition comes within
	 * seconds.
	 */
	private static final int MAX_ACCEPTED = 16_384;

	private final Map<String, Open> open = new ConcurrentHashMap<>();

	private final RelayMemory memory;

	/**
	 * The latest pushes that were accepted, by invocation and key: whoever has sent one
	 * here need not have got the answer.
	 */
	private final Set<String> accepted = new LinkedHashSet<>();

	/**
	 * Create open invocations, none so far.
	 * @param memory holds what waits for agents
	 */
	public OpenInvocations(RelayMemory memory) {
		this.memory = memory;
	}

	/**
	 * An invocation begins.
	 * @param payloads translates items for the agent
	 * @param check fails with {@link FunctionFailure} for a part that cannot take effect
	 */
	public Open begin(String invocation, Payloads payloads, ResultShape shape, Consumer<AnswerPart> check) {
		Open created = new Open(payloads, shape, check, this.memory.begin());
		this.open.put(invocation, created);
		return created;
	}

	/** An invocation is over. */
	public void end(String invocation) {
		Open ended = this.open.remove(invocation);
		if (ended != null) {
			ended.end();
		}
	}

	/** Number of invocations that are open. */
	public int size() {
		return this.open.size();
	}

	/**
	 * Take the parts of a push to an invocation, all of them or none, and not once more
	 * under the same key.
	 * @param key the idempotency key, or {@code null}
	 * @param size bytes of the push
	 * @return the status of the answer
	 */
	public int push(String invocation, @Nullable String key, List<AnswerPart> parts, int size) {
		Open target = this.open.get(invocation);
		String id = (key != null) ? invocation + " " + key : null;
		try {
			if (target == null) {
				return isAccepted(id) ? ACCEPTED : CONFLICT;
			}
			synchronized (target) {
				return isAccepted(id) ? ACCEPTED : noted(id, target.push(parts, size));
			}
		}
		catch (FunctionFailure ex) {
			return (ex.error().errorCode() == ErrorCode.TOO_LARGE) ? TOO_LARGE : BAD_REQUEST;
		}
	}

	private boolean isAccepted(@Nullable String id) {
		synchronized (this.accepted) {
			return id != null && this.accepted.contains(id);
		}
	}

	private int noted(@Nullable String id, int status) {
		if (id != null && status == ACCEPTED) {
			synchronized (this.accepted) {
				this.accepted.add(id);
				if (this.accepted.size() > MAX_ACCEPTED) {
					this.accepted.remove(this.accepted.iterator().next());
				}
			}
		}
		return status;
	}

	/**
	 * An open invocation. Parts may come as soon as it has been asked for: a function
	 * pushes to it before its pod has read that it is detached.
	 */
	public static final class Open {

		/** Parts that the agent has not taken. */
		private static final int MAX_PARTS = 256;

		/** Bytes of pushes that the agent has not taken. */
		private static final int MAX_BYTES = 4 * 1024 * 1024;

		private final Payloads payloads;

		private final ResultShape shape;

		private final Consumer<AnswerPart> check;

		/** Counts the bytes of pushes that the agent has not taken. */
		private final IncomingPush memory;

		private final Sinks.Empty<Object> stop = Sinks.empty();

		private final Sinks.Many<Waiting> pushed = Sinks.many().unicast().onBackpressureBuffer();

		private Stage stage = Stage.ANSWERED;

		private boolean ended;

		private boolean hasValue;

		private boolean hasParts;

		private int parts;

		private int bytes;

		private Open(Payloads payloads, ResultShape shape, Consumer<AnswerPart> check, IncomingPush memory) {
			this.payloads = payloads;
			this.shape = shape;
			this.check = check;
			this.memory = memory;
		}

		/**
		 * Completes when the invocation is to end regularly, fails when it is to be
		 * cancelled.
		 */
		public Mono<Object> stopped() {
			return this.stop.asMono();
		}

		/** A request begins, whose answer may be that the function goes on by pushing. */
		public synchronized void asked() {
			if (this.stage == Stage.ANSWERED) {
				this.stage = Stage.ASKED;
			}
		}

		/**
		 * The answer is another one than that the function goes on by pushing.
		 * @throws FunctionFailure if it has pushed nevertheless
		 */
		public synchronized void answered() {
			if (this.hasParts) {
				throw FunctionFailure.malformed("It has pushed items to an invocation that is not detached");
			}
			this.stage = Stage.ANSWERED;
		}

		/** The function goes on by pushing. */
		public synchronized void detach() {
			this.stage = Stage.DETACHED;
		}

		/** Whether the function has answered that it goes on by pushing. */
		public synchronized boolean isDetached() {
			return this.stage == Stage.DETACHED;
		}

		/** Whether the function goes on by pushing, as far as it has told. */
		public synchronized boolean goesOn() {
			return this.stage == Stage.DETACHED || this.hasParts;
		}

		/** The parts that are pushed. */
		public Flux<AnswerPart> pushed() {
			return this.pushed.asFlux().doOnNext(this::taken).map(Waiting::part);
		}

		/**
		 * The tokens of the function have expired, so nothing can come any more: unless
		 * the end has come, the invocation fails behind what was pushed.
		 */
		public synchronized void expire() {
			if (!this.ended) {
				this.ended = true;
				this.pushed.tryEmitError(new ActionException(ErrorCode.DEADLINE_EXCEEDED,
						"The function has not ended the invocation while its token was valid")
					.mayHaveRun());
			}
		}

		private synchronized void taken(Waiting taken) {
			this.parts--;
			this.bytes -= taken.size();
			this.memory.give(taken.size());
		}

		private synchronized void end() {
			this.ended = true;
			this.memory.close();
			this.pushed.tryEmitComplete();
			this.stop.tryEmitEmpty();
		}

		private synchronized int push(List<AnswerPart> given, int size) {
			if (this.ended) {
				return CONFLICT;
			}
			List<Waiting> items = new ArrayList<>();
			int rest = size;
			for (AnswerPart part : given) {
				if (!(part instanceof AnswerPart.Interrupt)) {
					this.check.accept(part);
					AnswerPart translated = translated(part);
					int bytes = (translated instanceof AnswerPart.Item item) ? item.encoded().bytes().length() : 0;
					items.add(new Waiting(translated, bytes));
					rest -= bytes;
				}
			}
			long values = items.stream().filter((item) -> item.part() instanceof AnswerPart.Item).count();
			if (this.shape == ResultShape.VALUE && values + (this.hasValue ? 1 : 0) > 1) {
				return BAD_REQUEST;
			}
			if (!items.isEmpty() && this.stage == Stage.ANSWERED) {
				return CONFLICT;
			}
			if (!items.isEmpty() && rest > 0) {
				// Events and descriptors count as well: what the items do not take.
				items.set(items.size() - 1, items.get(items.size() - 1).larger(rest));
			}
			int all = items.stream().mapToInt(Waiting::size).sum();
			if (!items.isEmpty() && (this.parts + items.size() > MAX_PARTS || this.bytes + all > MAX_BYTES
					|| !this.memory.take(all))) {
				return TOO_MANY;
			}
			this.parts += items.size();
			this.bytes += all;
			this.hasValue |= values > 0;
			this.hasParts |= !items.isEmpty();
			for (Waiting item : items) {
				this.pushed.tryEmitNext(item);
				this.ended |= item.part().isLast();
			}
			given.forEach(this::interrupt);
			return ACCEPTED;
		}

		private void interrupt(AnswerPart part) {
			if (part instanceof AnswerPart.Interrupt interrupt) {
				this.ended = true;
				if (interrupt.mode() == 0) {
					this.stop.tryEmitError(
							new ActionException(ErrorCode.CANCELLED, "The function has stopped the invocation"));
				}
				else {
					this.stop.tryEmitEmpty();
				}
			}
		}

		/** The part in the codec of the agent. */
		private AnswerPart translated(AnswerPart part) {
			if (!(part instanceof AnswerPart.Item item)) {
				return part;
			}
			FrameType expected = switch (this.shape) {
				case TEXT -> FrameType.TEXT;
				case BYTES -> FrameType.BYTES;
				default -> FrameType.DATA;
			};
			if (item.type() != expected) {
				throw FunctionFailure.malformed(item.type() + " for an action whose result is " + this.shape);
			}
			Bytes bytes = item.encoded().bytes();
			return switch (expected) {
				case TEXT -> this.payloads.text(bytes);
				case BYTES -> this.payloads.bytes(bytes);
				default -> this.payloads.value(bytes);
			};
		}

		/** How far the answer to the latest request has come. */
		private enum Stage {

			/** Nothing of it is known. */
			ASKED,

			/** It is another one than that the function goes on by pushing. */
			ANSWERED,

			/** The function goes on by pushing. */
			DETACHED

		}

		/**
		 * A part that the agent has not taken.
		 *
		 * @param part the part
		 * @param size its bytes
		 */
		private record Waiting(AnswerPart part, int size) {

			Waiting larger(int more) {
				return new Waiting(this.part, this.size + more);
			}

		}

	}

}
