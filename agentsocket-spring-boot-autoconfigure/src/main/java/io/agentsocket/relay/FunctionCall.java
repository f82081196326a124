package io.agentsocket.relay;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.action.ResumableHandler;
import io.agentsocket.codec.Encoded;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.relay.answer.AnswerDecoder;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.Payloads;
import io.agentsocket.relay.push.Announcements;
import io.agentsocket.relay.push.Callbacks;
import io.agentsocket.relay.push.OpenInvocations;
import io.agentsocket.relay.transport.RequestTiming;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

/**
 * An invocation of a function's action: its requests one after the other, with the
 * effects of their answers. Its signals come one at a time. Implements sections 4, 8, 9
 * and 14 of {@code docs/function-protocol.md}.
 */
final class FunctionCall {

	private static final Log logger = PrintableLog.of(FunctionCall.class);

	/** Requests with another state, after the first one. */
	private static final int MAX_STALE = 3;

	private static final int DETACHED = 202;

	/** How long a push may take that has come while its token was valid. */
	private static final Duration LATE_PUSH = Duration.ofSeconds(5);

	/** Gateways answer with it and more, while the function may go on. */
	private static final int BAD_GATEWAY = 502;

	private final FunctionRelay relay;

	private final RelayedAction action;

	private final AgentExchange exchange;

	private final Announcements announcements;

	private final RequestBodies bodies;

	private final Answers answers;

	/** Translates pushed payloads. */
	private final Payloads payloads;

	private final long begin = System.nanoTime();

	private RequestTiming timing = new RequestTiming();

	private int attempt;

	/** Requests since the invocation, or its latest question, began. */
	private int tries;

	private int stale;

	private int resets;

	private final InvocationQuestions questions;

	/** Whether an earlier request may have begun the work. */
	private boolean uncertain;

	/** Whether the agent got an item. */
	private boolean forwarded;

	private @Nullable Encoded value;

	private AnswerPart.@Nullable Ask asked;

	/** The invocation as functions may push to it. */
	private OpenInvocations.@Nullable Open open;

	/** Whether the function goes on by pushing. */
	private boolean detached;

	private final InvocationState state;

	private long gatewayNanos;

	FunctionCall(FunctionRelay relay, RelayedAction action, AgentExchange exchange, Announcements announcements,
			String invocation) {
		this.announcements = announcements;
		this.relay = relay;
		this.action = action;
		this.exchange = exchange;
		int maxItem = Math.min(relay.settings().itemLimit(), exchange.maxItem());
		this.bodies = new RequestBodies(relay, action, exchange, maxItem, invocation);
		this.questions = new InvocationQuestions(relay.openQuestions(), relay.questions(), exchange, invocation);
		this.answers = new Answers(relay.codecs(), exchange.codec(), action.descriptor().result(), maxItem);
		this.state = new InvocationState(relay.states(), exchange.session(), action);
		this.payloads = new Payloads(relay.codecs().json(), exchange.codec(), maxItem);
	}

	/**
	 * The results of the invocation.
	 * @param permission approval and entry of the action
	 */
	Flux<Object> run(ResumableHandler.Permission permission) {
		return run(begin(permission));
	}

	/** The results of an invocation whose pod is gone, and which begins anew. */
	Flux<Object> run(OpenQuestions.Taken taken, ResumableHandler.Permission permission) {
		this.questions.restore(taken);
		return run(permission);
	}

	private Flux<Object> begin(ResumableHandler.Permission permission) {
		Flux<Object> work = Flux.defer(() -> {
			permission.entered().run();
			return round();
		});
		return (permission.approval() != null) ? this.questions.approve(permission.approval()).thenMany(work) : work;
	}

	/**
	 * The rest of an invocation whose pod is gone, from its latest question on.
	 */
	Flux<Object> resume(OpenQuestions.Taken taken, OpenQuestions.Saved question,
			ResumableHandler.Permission permission) {
		this.attempt = question.attempt();
		this.questions.restore(taken);
		AnswerPart.Ask ask = question.ask();
		Map<String, Object> answer = question.answer();
		if (ask == null && answer == null) {
			// The function has got nothing so far.
			permission.untouched().run();
			return run(begin(permission));
		}
		permission.entered().run();
		this.uncertain = true;
		if (ask != null && answer == null) {
			return run(goOn(ask, this.questions.askAgain(ask, this.attempt)));
		}
		if (!this.action.isRepeatable() && (ask == null || !ask.repeatable())) {
			// The function may have got the answer.
			return Flux.<Object>error(OpenQuestions.lost()).doFinally(this::over);
		}
		// The request that the pod was about to send counts.
		this.attempt++;
		if (ask != null && answer != null) {
			this.bodies.answered(ask.continuation(), answer);
		}
		return run(round());
	}

	private Flux<Object> run(Flux<Object> work) {
		Flux<Object> results = work;
		boolean streams = shape() != ResultShape.VALUE && shape() != ResultShape.NONE;
		if (streams) {
			results = results.takeUntilOther(this.exchange.stopRequested());
		}
		Callbacks callbacks = this.relay.callbacks();
		if (callbacks != null) {
			OpenInvocations.Open begun = callbacks.invocations()
				.begin(this.bodies.invocation(), this.payloads, shape(), this.state::checkPushed);
			this.open = begun;
			results = results.takeUntilOther(begun.stopped());
		}
		return results.doFinally(this::over);
	}

	private void over(SignalType signal) {
		this.questions.over(signal);
		Callbacks callbacks = this.relay.callbacks();
		if (callbacks != null) {
			callbacks.invocations().end(this.bodies.invocation());
		}
		if (this.gatewayNanos > 0) {
			this.relay.listener().relayed(name(), this.exchange.action().name(), this.gatewayNanos);
		}
	}

	private ResultShape shape() {
		return this.action.descriptor().result();
	}

	private String name() {
		return this.relay.settings().name();
	}

	/** The requests up to a question or the end. */
	private Flux<Object> round() {
		this.tries = 0;
		Flux<Object> work = Flux.defer(() -> attempt(this.state.known()));
		Flux<Object> inTurn = (this.action.access() == StateAccess.WRITE)
				? this.relay.lanes().inLane(this.exchange.session().id(), () -> work) : work;
		return inTurn.concatWith(Flux.defer(this::next));
	}

	/** Goes on after an answer that was not the end. */
	private Publisher<Object> next() {
		AnswerPart.Ask question = this.asked;
		if (question != null) {
			this.asked = null;
			// The request before the question may have begun the work.
			this.uncertain = true;
			return goOn(question, this.questions.ask(question, this.attempt));
		}
		OpenInvocations.Open pushed = this.open;
		if (this.detached && pushed != null) {
			return Flux.using(() -> expiry(pushed), (timer) -> pushed.pushed(), Disposable::dispose)
				.takeUntil(AnswerPart::isLast)
				.concatMap(this::on, 0)
				.onErrorMap(FunctionFailure.class, FunctionFailure::error)
				.onErrorMap(StateDocument.StaleStateException.class, (error) -> Answers.conflict().mayHaveRun());
		}
		return Flux.empty();
	}

	/** Ends an invocation to which the function cannot push any more. */
	private Disposable expiry(OpenInvocations.Open pushed) {
		Duration left = Duration.between(Instant.now(), this.bodies.pushableUntil()).plus(LATE_PUSH);
		return this.relay.timer().schedule(pushed::expire, Math.max(0, left.toMillis()), TimeUnit.MILLISECONDS);
	}

	/** Goes on with the answer to a question. */
	private Flux<Object> goOn(AnswerPart.Ask question, Mono<Map<String, Object>> answer) {
		return answer.flatMapMany((given) -> {
			this.bodies.answered(question.continuation(), given);
			return round();
		});
	}

	private Flux<Object> attempt(StateDocument document) {
		this.attempt++;
		this.tries++;
		this.value = null;
		this.state.requested(document);
		if (this.open != null) {
			this.open.asked();
		}
		RequestTiming present = new RequestTiming();
		this.timing = present;
		if (this.tries == 1) {
			this.relay.retries().requested();
		}
		return exchange(document, present).concatMap(this::on, 0).onErrorResume(this::recover);
	}

	private Flux<AnswerPart> exchange(StateDocument document, RequestTiming present) {
		return new GuardedRequest(this.relay, new RequestObserver.RequestedCall(name(), this.exchange, this.attempt),
				present)
			.send(() -> this.bodies.request(this.attempt, document, timeLeft()), this::decoder);
	}

	/** Chooses how an answer is read, and takes note of what it says of pushes. */
	private AnswerDecoder decoder(AnswerHead head) {
		OpenInvocations.Open pushed = this.open;
		if (pushed != null && head.status() == DETACHED) {
			pushed.detach();
		}
		else if (pushed != null && head.status() < BAD_GATEWAY && !head.mediaType().equals(Answers.ENVELOPE)) {
			pushed.answered();
		}
		return this.answers.decoder(head);
	}

	/** Time that one request may take. */
	private Duration timeLeft() {
		Duration total = this.relay.settings().times().total();
		Duration own = this.action.timeout();
		Duration limit = (own != null && own.compareTo(total) < 0) ? own : total;
		Duration left = deadlineLeft();
		return (left.compareTo(limit) < 0) ? left : limit;
	}

	private Duration deadlineLeft() {
		return this.exchange.deadline()
			.map((deadline) -> Duration.between(Instant.now(), deadline))
			.map((left) -> left.isNegative() ? Duration.ofMillis(1) : left)
			.orElse(Duration.ofDays(1));
	}

	private Publisher<Object> on(AnswerPart part) {
		if (part instanceof AnswerPart.Item item) {
			return item(item.encoded());
		}
		if (part instanceof AnswerPart.Failed failed) {
			return Mono.error(failed.failure());
		}
		if (part instanceof AnswerPart.End || part instanceof AnswerPart.Ask) {
			requireFit();
		}
		if (part instanceof AnswerPart.End) {
			long end = System.nanoTime();
			return this.state.commit().then(Mono.<Object>defer(() -> {
				this.gatewayNanos = Math.max(1, this.timing.sentAt() - this.begin) + System.nanoTime() - end;
				return Mono.justOrEmpty(this.value);
			}));
		}
		if (part instanceof AnswerPart.Ask question) {
			return this.state.commit().then(Mono.<Object>fromRunnable(() -> this.asked = question));
		}
		if (part instanceof AnswerPart.Detached) {
			return this.state.commitAndGoOn().thenMany(Flux.defer(this::detach));
		}
		if (part instanceof AnswerPart.Define define) {
			return this.announcements.announce(target(), define.descriptor()).cast(Object.class);
		}
		if (part instanceof AnswerPart.Withdraw withdraw) {
			return this.announcements.withdraw(target(), withdraw.name()).cast(Object.class);
		}
		effect(part);
		return Mono.empty();
	}

	private Announcements.Target target() {
		return new Announcements.Target(this.exchange.session(), this.exchange::actions);
	}

	/**
	 * Checks an answer before its patch is committed: patch and result have one outcome.
	 */
	private void requireFit() {
		Encoded result = this.value;
		if (result != null && result.bytes().length() > this.exchange.maxItem()) {
			throw FunctionFailure.tooLarge();
		}
		if (this.open != null && !this.detached) {
			this.open.answered();
		}
	}

	private Publisher<Object> item(Encoded encoded) {
		switch (shape()) {
			case NONE -> {
				return Mono.empty();
			}
			case VALUE -> {
				// The agent sees it when the state is stored.
				this.value = encoded;
				return Mono.empty();
			}
			default -> {
				this.forwarded = true;
				return Mono.just(encoded);
			}
		}
	}

	private void effect(AnswerPart part) {
		if (part instanceof AnswerPart.Report report) {
			this.exchange.progress(report.progress().done(), report.progress().total(), report.progress().text());
		}
		else if (part instanceof AnswerPart.Event event) {
			this.exchange.sendEvent(event.name(), event.payload());
		}
		else if (part instanceof AnswerPart.Patch given) {
			this.state.patch(given);
		}
	}

	/** The function goes on by pushing. */
	private Publisher<Object> detach() {
		OpenInvocations.Open pushed = this.open;
		if (pushed == null) {
			return Mono.error(FunctionFailure.malformed("Detached, and there is no callback"));
		}
		this.detached = true;
		pushed.detach();
		return Mono.empty();
	}

	private Publisher<Object> recover(Throwable error) {
		if (error instanceof StateDocument.StaleStateException conflict) {
			this.uncertain = true;
			boolean again = !this.forwarded && this.action.isRepeatable() && ++this.stale <= MAX_STALE;
			return again ? attempt(conflict.present()) : Flux.error(Answers.conflict().mayHaveRun());
		}
		if (!(error instanceof FunctionFailure failure)) {
			return Flux.error((this.uncertain && error instanceof ActionException known) ? known.mayHaveRun() : error);
		}
		if (this.open != null && failure.kind() != FunctionFailure.Kind.OWN && this.open.goesOn()) {
			// The request has broken off, and the function goes on.
			return (this.open.isDetached() || failure.kind().isInterruption()) ? detach()
					: Flux.error(told(failure).mayHaveRun());
		}
		if (failure.kind() == FunctionFailure.Kind.STALE) {
			return (++this.stale <= MAX_STALE) ? this.state.present().flatMapMany(this::attempt)
					: Flux.error(told(failure));
		}
		Duration wait = this.forwarded ? null : this.relay.retries()
			.retry(failure, this.tries, this.action.isRepeatable(), this.timing, this.resets, deadlineLeft());
		if (wait == null) {
			return Flux.error(told(failure));
		}
		this.resets += (failure.kind() == FunctionFailure.Kind.RESET) ? 1 : 0;
		this.uncertain |= failure.kind() != FunctionFailure.Kind.CONNECT && failure.kind() != FunctionFailure.Kind.BUSY;
		this.relay.listener().retried(name(), failure.kind().name());
		return Mono.delay(wait, this.relay.timer()).thenMany(Flux.defer(() -> attempt(this.state.document())));
	}

	private ActionException told(FunctionFailure failure) {
		if (failure.kind() != FunctionFailure.Kind.OWN) {
			logger.warn("The function " + name() + " has failed action " + this.exchange.action().name() + ": "
					+ failure.kind() + ", " + failure.reason());
		}
		// An earlier request may have begun the work, and an item is some of it.
		return (this.uncertain || this.forwarded) ? failure.error().mayHaveRun() : failure.error();
	}

}
