package io.agentsocket.relay;

import java.util.concurrent.atomic.AtomicBoolean;

import reactor.core.publisher.Flux;

/**
 * A request that the guard of its function has let through, and that is counted when it
 * is over.
 */
final class GuardedRequest {

	private final FunctionRelay relay;

	private final String action;

	private final RequestTiming timing;

	private final long begin = System.nanoTime();

	private final AtomicBoolean over = new AtomicBoolean();

	GuardedRequest(FunctionRelay relay, String action, RequestTiming timing) {
		this.relay = relay;
		this.action = action;
		this.timing = timing;
	}

	Flux<AnswerPart> run(Flux<AnswerPart> answer) {
		return answer.doOnNext(this::last)
			.doOnError(this::failed)
			.doFinally((signal) -> over("CANCELLED", CallGuard.Result.UNKNOWN));
	}

	private void last(AnswerPart part) {
		if (part instanceof AnswerPart.Failed failed) {
			failed(failed.failure());
		}
		else if (part.isLast()) {
			over("OK", CallGuard.Result.ANSWERED);
		}
	}

	private void failed(Throwable error) {
		if (!(error instanceof FunctionFailure failure)) {
			over("ANSWER", CallGuard.Result.FAILED);
			return;
		}
		switch (failure.kind()) {
			case OWN, STALE -> over(failure.kind().name(), CallGuard.Result.ANSWERED);
			default -> over(failure.kind().name(), CallGuard.Result.FAILED);
		}
	}

	private void over(String outcome, CallGuard.Result result) {
		if (this.over.compareAndSet(false, true)) {
			this.relay.guard().leave(result, System.nanoTime() - this.begin);
			if (this.timing.isSent()) {
				this.relay.listener()
					.requested(this.relay.settings().name(), this.action, outcome, this.timing.functionNanos());
			}
		}
	}

}
