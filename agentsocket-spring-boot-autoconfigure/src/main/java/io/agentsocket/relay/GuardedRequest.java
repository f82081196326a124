package io.agentsocket.relay;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerBuffer;
import io.agentsocket.relay.answer.AnswerDecoder;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.transport.FunctionRequest;
import io.agentsocket.relay.transport.RequestTiming;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A request that has a place in an instance of its function, that the guard of the
 * function has let through, and that is counted when it is over.
 */
final class GuardedRequest {

	private final FunctionRelay relay;

	private final RequestObserver.RequestedCall call;

	private final RequestTiming timing;

	private long begin;

	private volatile RequestObserver.ObservedRequest observed = RequestObserver.ObservedRequest.NONE;

	private final AtomicBoolean over = new AtomicBoolean();

	GuardedRequest(FunctionRelay relay, RequestObserver.RequestedCall call, RequestTiming timing) {
		this.relay = relay;
		this.call = call;
		this.timing = timing;
	}

	/**
	 * Send the request when its time has come.
	 * @param request assembles it
	 * @param decoder chooses how its answer is read
	 * @return its answer
	 */
	Flux<AnswerPart> send(Supplier<FunctionRequest> request, Function<AnswerHead, AnswerDecoder> decoder) {
		return Flux.defer(() -> {
			InstanceSlots slots = this.relay.slots();
			InstanceSlots.Lease free = slots.tryEnter();
			return (free != null) ? send(request, decoder, free)
					: slots.await().flatMapMany((lease) -> send(request, decoder, lease));
		});
	}

	private Flux<AnswerPart> send(Supplier<FunctionRequest> request, Function<AnswerHead, AnswerDecoder> decoder,
			InstanceSlots.Lease lease) {
		try {
			FunctionRequest assembled = request.get();
			String refused = this.relay.guard().tryEnter();
			if (refused == null) {
				return run(assembled, decoder, lease);
			}
			lease.giveBack();
			this.relay.counts().refused();
			return Flux.error(new FunctionFailure(FunctionFailure.Kind.GUARD,
					new ActionException(ErrorCode.UNAVAILABLE, "The function is not available").retryable()
						.withCause(new FunctionFailure.BrokenRule(refused))
						.notRun()));
		}
		catch (RuntimeException ex) {
			lease.giveBack();
			throw ex;
		}
	}

	private Flux<AnswerPart> run(FunctionRequest request, Function<AnswerHead, AnswerDecoder> decoder,
			InstanceSlots.Lease lease) {
		this.begin = System.nanoTime();
		this.relay.counts().begun();
		// A request that cannot be sent leaves the guard, too.
		AnswerBuffer buffer = new AnswerBuffer(this.relay.memory());
		return Flux.deferContextual((context) -> {
			this.observed = this.relay.observer().begin(this.call, context);
			return this.relay.transport().exchange(request.with(this.observed.headers()), (head) -> {
				lease.answered();
				return buffer.of(decoder.apply(head));
			}, this.timing);
		}).doOnNext((part) -> last(part, lease)).doOnError((error) -> failed(error, lease)).doFinally((signal) -> {
			buffer.close();
			over("CANCELLED", CallGuard.Result.UNKNOWN, null, lease);
		});
	}

	private void last(AnswerPart part, InstanceSlots.Lease lease) {
		if (part instanceof AnswerPart.Failed failed) {
			failed(failed.failure(), lease);
		}
		else if (part.isLast()) {
			over("OK", CallGuard.Result.ANSWERED, null, lease);
		}
	}

	private void failed(Throwable error, InstanceSlots.Lease lease) {
		if (!(error instanceof FunctionFailure failure)) {
			broken(FunctionFailure.Kind.ANSWER, error, error.toString(), lease);
			return;
		}
		switch (failure.kind()) {
			case OWN, STALE, ROOM -> over(failure.kind().name(), CallGuard.Result.ANSWERED, error, lease);
			default -> broken(failure.kind(), error, failure.reason(), lease);
		}
	}

	private void broken(FunctionFailure.Kind kind, Throwable error, String reason, InstanceSlots.Lease lease) {
		if (!this.over.get()) {
			this.relay.counts().failed(this.call.exchange().action().name(), kind.name(), reason);
		}
		over(kind.name(), CallGuard.Result.FAILED, error, lease);
	}

	private void over(String outcome, CallGuard.Result result, @Nullable Throwable error, InstanceSlots.Lease lease) {
		if (this.over.compareAndSet(false, true)) {
			this.relay.counts().ended(result);
			this.observed.ended(outcome, error);
			// An instance whose request was cancelled may go on with it, so it is not
			// free.
			lease.end(result == CallGuard.Result.ANSWERED);
			this.relay.guard().leave(result, System.nanoTime() - this.begin);
			if (this.timing.isSent()) {
				this.relay.listener()
					.requested(this.call.function(), this.call.exchange().action().name(), outcome,
							this.timing.functionNanos());
			}
		}
	}

}
