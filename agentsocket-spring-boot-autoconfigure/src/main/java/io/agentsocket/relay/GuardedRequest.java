package io.agentsocket.relay;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import reactor.core.publisher.Flux;

/**
 * A request that has a place in an instance of its function, that the guard of the
 * function has let through, and that is counted when it is over.
 */
final class GuardedRequest {

	private final FunctionRelay relay;

	private final String action;

	private final RequestTiming timing;

	private long begin;

	private final AtomicBoolean over = new AtomicBoolean();

	GuardedRequest(FunctionRelay relay, String action, RequestTiming timing) {
		this.relay = relay;
		this.action = action;
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
		// A request that cannot be sent leaves the guard, too.
		return Flux.defer(() -> this.relay.transport().exchange(request, (head) -> {
			lease.answered();
			return decoder.apply(head);
		}, this.timing))
			.doOnNext((part) -> last(part, lease))
			.doOnError((error) -> failed(error, lease))
			.doFinally((signal) -> over("CANCELLED", CallGuard.Result.UNKNOWN, lease));
	}

	private void last(AnswerPart part, InstanceSlots.Lease lease) {
		if (part instanceof AnswerPart.Failed failed) {
			failed(failed.failure(), lease);
		}
		else if (part.isLast()) {
			over("OK", CallGuard.Result.ANSWERED, lease);
		}
	}

	private void failed(Throwable error, InstanceSlots.Lease lease) {
		if (!(error instanceof FunctionFailure failure)) {
			over("ANSWER", CallGuard.Result.FAILED, lease);
			return;
		}
		switch (failure.kind()) {
			case OWN, STALE -> over(failure.kind().name(), CallGuard.Result.ANSWERED, lease);
			default -> over(failure.kind().name(), CallGuard.Result.FAILED, lease);
		}
	}

	private void over(String outcome, CallGuard.Result result, InstanceSlots.Lease lease) {
		if (this.over.compareAndSet(false, true)) {
			// An instance whose request was cancelled may go on with it, so it is not
			// free.
			lease.end(result == CallGuard.Result.ANSWERED);
			this.relay.guard().leave(result, System.nanoTime() - this.begin);
			if (this.timing.isSent()) {
				this.relay.listener()
					.requested(this.relay.settings().name(), this.action, outcome, this.timing.functionNanos());
			}
		}
	}

}
