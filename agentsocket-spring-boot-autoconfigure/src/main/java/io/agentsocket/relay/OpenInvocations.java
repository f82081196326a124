package io.agentsocket.relay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.FrameType;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The invocations of functions that run in this pod and may be pushed to. Thread-safe.
 */
final class OpenInvocations {

	static final int ACCEPTED = 202;

	static final int BAD_REQUEST = 400;

	static final int CONFLICT = 409;

	static final int TOO_LARGE = 413;

	static final int TOO_MANY = 429;

	private final Map<String, Open> open = new ConcurrentHashMap<>();

	/** An invocation begins. */
	Open begin(String invocation, Payloads payloads, ResultShape shape) {
		Open created = new Open(payloads, shape);
		this.open.put(invocation, created);
		return created;
	}

	/** An invocation is over. */
	void end(String invocation) {
		Open ended = this.open.remove(invocation);
		if (ended != null) {
			ended.end();
		}
	}

	/** Number of invocations that are open. */
	int size() {
		return this.open.size();
	}

	/**
	 * Take what was pushed to an invocation, all of it or nothing.
	 * @return the status of the answer
	 */
	int push(String invocation, List<AnswerPart> parts) {
		Open target = this.open.get(invocation);
		return (target != null) ? target.push(parts) : CONFLICT;
	}

	/**
	 * An open invocation.
	 */
	static final class Open {

		/** Parts that the agent has not taken. */
		private static final int MAX_PARTS = 256;

		/** Bytes of items that the agent has not taken. */
		private static final int MAX_BYTES = 4 * 1024 * 1024;

		private final Payloads payloads;

		private final ResultShape shape;

		private final Sinks.Empty<Object> stop = Sinks.empty();

		private final Sinks.Many<AnswerPart> pushed = Sinks.many().unicast().onBackpressureBuffer();

		private boolean detached;

		private boolean ended;

		private int parts;

		private int bytes;

		private Open(Payloads payloads, ResultShape shape) {
			this.payloads = payloads;
			this.shape = shape;
		}

		/**
		 * Completes when the invocation is to end regularly, fails when it is to be
		 * cancelled.
		 */
		Mono<Object> stopped() {
			return this.stop.asMono();
		}

		/** The function goes on by pushing. */
		synchronized void detach() {
			this.detached = true;
		}

		/** The parts that are pushed. */
		Flux<AnswerPart> pushed() {
			return this.pushed.asFlux().doOnNext(this::taken);
		}

		private synchronized void taken(AnswerPart part) {
			this.parts--;
			this.bytes -= size(part);
		}

		private static int size(AnswerPart part) {
			return (part instanceof AnswerPart.Item item) ? item.encoded().bytes().length() : 0;
		}

		private synchronized void end() {
			this.ended = true;
			this.pushed.tryEmitComplete();
			this.stop.tryEmitEmpty();
		}

		private synchronized int push(List<AnswerPart> given) {
			List<AnswerPart> items = new ArrayList<>();
			for (AnswerPart part : given) {
				if (!(part instanceof AnswerPart.Interrupt)) {
					AnswerPart translated = translated(part);
					if (translated == null) {
						return BAD_REQUEST;
					}
					items.add(translated);
				}
			}
			if (this.ended || !items.isEmpty() && !this.detached) {
				return CONFLICT;
			}
			int size = items.stream().mapToInt(Open::size).sum();
			if (!items.isEmpty() && (this.parts + items.size() > MAX_PARTS || this.bytes + size > MAX_BYTES)) {
				return TOO_MANY;
			}
			this.parts += items.size();
			this.bytes += size;
			for (AnswerPart part : items) {
				this.pushed.tryEmitNext(part);
				if (part.isLast()) {
					this.ended = true;
				}
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

		/** The part in the codec of the agent; null when it does not fit the action. */
		private @Nullable AnswerPart translated(AnswerPart part) {
			if (!(part instanceof AnswerPart.Item item)) {
				return part;
			}
			FrameType expected = switch (this.shape) {
				case TEXT -> FrameType.TEXT;
				case BYTES -> FrameType.BYTES;
				default -> FrameType.DATA;
			};
			if (item.type() != expected) {
				return null;
			}
			return (expected == FrameType.DATA) ? this.payloads.value(item.encoded().bytes()) : item;
		}

	}

	/** The payloads of pushes for an agent. */
	static Payloads payloads(RelayCodecs codecs, Codec session, int maxItem) {
		return new Payloads(codecs.json(), session, maxItem);
	}

}
