package io.agentsocket.connection.stream;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionRunListener;
import io.agentsocket.action.ActionStart;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.Question;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Progress;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Utf8;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * An invocation that runs here. Owns the subscription to the action, its timer and the
 * invocations nested into it, and ends them all with one terminal frame.
 */
public final class CalleeStream extends ServedCall implements ParentCall, OutboundItems.Owner {

	private static final Log logger = PrintableLog.of(CalleeStream.class);

	private final StreamContext context;

	private final OutboundItems source;

	private final long deadlineNanos;

	/** The caller's items, if it may send some. */
	private final @Nullable InboundItems sink;

	/** Bytes that the peer holds for it, as long as it runs. */
	private long served;

	private boolean callerEnded;

	private volatile boolean ended;

	private @Nullable Disposable timer;

	private @Nullable Set<ParentCall.Nested> nested;

	private @Nullable QueuedFrame queuedProgress;

	/** Whether the next owner of the session knows of the invocation. */
	private boolean recorded;

	private boolean abandoned;

	/** Whether the method of the action may have been entered. */
	private volatile boolean entered;

	/** Whether nothing has run in the pod that is gone. */
	private volatile boolean untouched;

	public CalleeStream(StreamContext context, Frame.Invoke frame, Bytes arguments, Action action, Metadata metadata) {
		this(context, frame, arguments, action, metadata, timeLimit(action, metadata));
	}

	private CalleeStream(StreamContext context, Frame.Invoke frame, Bytes arguments, Action action, Metadata metadata,
			@Nullable Duration limit) {
		super(frame.streamId(), action, metadata, arguments.compact(), context.session().principal(),
				(metadata.parent() != 0) ? context.calls().find(metadata.parent()) : null, limit);
		this.context = context;
		this.callerEnded = frame.end();
		this.sink = (!frame.end() && action.items() != null)
				? new InboundItems(context, this, action, context.local().items()) : null;
		this.deadlineNanos = (limit != null) ? context.loop().now() + limit.toNanos() : 0;
		long credit = (metadata.credit() >= 0) ? metadata.credit() : Long.MAX_VALUE;
		this.source = new OutboundItems(context, this, this, action.result(), action.resultType(), credit,
				Context.of(context.host().context()).put(AgentExchange.class, this));
		this.served = Holdings.ofCall(arguments(), frame.metadata().length());
		context.holdings().ofServed(this.served);
		setHeld(context.holdings(), this.served);
		if (limit != null) {
			this.timer = context.loop().schedule(this::expire, limit);
		}
	}

	private static @Nullable Duration timeLimit(Action action, Metadata metadata) {
		Duration timeout = action.hints().timeout();
		if (metadata.deadline() < 0) {
			return (timeout != null) ? PeerLoop.bounded(timeout) : null;
		}
		Duration deadline = Duration.ofMillis(metadata.deadline());
		return PeerLoop.bounded((timeout != null && timeout.compareTo(deadline) < 0) ? timeout : deadline);
	}

	/** Runs the action. */
	public void start() {
		if (this.ended) {
			return;
		}
		Publisher<?> results;
		try {
			results = ActionStart.run(this, this.context.interceptors(), this.context.questionSender(), this,
					this::inLoop);
		}
		catch (Throwable ex) {
			sourceFailed(ex);
			return;
		}
		this.source.start(results);
	}

	/** The action begins in the loop, wherever an interceptor goes on. */
	private Flux<Object> inLoop(Flux<Object> results) {
		return this.context.loop().inLoop() ? results
				: results.subscribeOn(Schedulers.fromExecutor(this.context.loop()::execute));
	}

	@Override
	public void enter() {
		this.entered = true;
	}

	@Override
	public void untouched() {
		this.untouched = true;
	}

	@Override
	public boolean waitsForOther() {
		Set<ParentCall.Nested> calls = this.nested;
		return this.source.isWithoutCredit() || (calls != null && !calls.isEmpty());
	}

	@Override
	public void item(Frame.Item frame, Bytes body, Metadata itemMetadata) {
		InboundItems items = this.sink;
		ActionException refusal = null;
		if (this.callerEnded) {
			refusal = new ActionException(ErrorCode.FAILED_PRECONDITION,
					"The caller sent items after it had ended its side");
		}
		else if (!body.isEmpty()) {
			refusal = (items != null) ? accept(items, frame.type(), body)
					: new ActionException(ErrorCode.FAILED_PRECONDITION, "The action takes no items");
		}
		if (refusal != null) {
			stop(refusal);
		}
		else if (frame.end()) {
			this.callerEnded = true;
			if (items != null) {
				items.end();
			}
		}
	}

	private @Nullable ActionException accept(InboundItems items, FrameType type, Bytes body) {
		if (type == FrameType.DATA) {
			try {
				codec().verify(body);
			}
			catch (CodecException ex) {
				return new ActionException(ErrorCode.INVALID_ARGUMENT, "An item cannot be decoded").withCause(ex);
			}
		}
		if (type == FrameType.TEXT && !Utf8.isValid(body)) {
			return new ActionException(ErrorCode.INVALID_ARGUMENT, "An item is text that is not UTF-8");
		}
		return items.offer(type, body);
	}

	/** The caller asks to stop, now or after the current step. */
	public void interrupt(int mode) {
		if (mode == Frame.Interrupt.NOW) {
			stop(new ActionException(ErrorCode.CANCELLED, "Interrupted by the caller"));
			return;
		}
		requestStop();
	}

	/** The caller was authenticated anew, and some actions may be hidden from it now. */
	public void reauthorize(Predicate<String> hidden) {
		if (isAllowed(hidden)) {
			authenticated(session().principal());
		}
		else {
			stop(ErrorMapping.notAllowedAnyMore());
		}
	}

	private boolean isAllowed(Predicate<String> hidden) {
		try {
			return action().isVisibleTo(session()) && !hidden.test(action().name());
		}
		catch (RuntimeException ex) {
			logger.warn("Whether action " + action().name() + " is visible cannot be told, so its call ends", ex);
			return false;
		}
	}

	private void expire() {
		stop(new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed"));
	}

	/** Stop the work now and end the stream with an error. */
	public void stop(ActionException reason) {
		if (!this.ended) {
			close(reason, null);
			this.context.sendQueue().discard(this);
			this.context.sendQueue().addPrompt(this.context.errorFrame(id(), told(reason)), this);
		}
	}

	@Override
	public void breakOff(ActionException reason) {
		stop(reason);
	}

	@Override
	public void failed(ActionException error) {
		drop(error);
	}

	@Override
	public void abandon(ActionException reason) {
		this.abandoned = true;
		drop(reason);
	}

	private void drop(ActionException reason) {
		if (!this.ended) {
			close(reason, null);
			this.context.sendQueue().discard(this);
		}
	}

	/**
	 * The next owner of the session knows of the invocation, and does not begin it anew.
	 */
	public void recorded() {
		this.recorded = true;
	}

	@Override
	public boolean isRecorded() {
		return this.recorded && !this.abandoned;
	}

	@Override
	public boolean isAbandoned() {
		return this.abandoned;
	}

	/** End everything that belongs to the invocation. */
	private void close(@Nullable ActionException reason, @Nullable Throwable thrown) {
		this.ended = true;
		this.context.holdings().ofServed(-this.served);
		this.served = 0;
		setHeld(this.context.holdings(), 0);
		tellListener(thrown, reason);
		if (this.timer != null) {
			this.timer.dispose();
		}
		this.context.calls().calleeClosed(this);
		this.source.cancel();
		if (this.sink != null) {
			this.sink.close(reason);
		}
		signalStop();
		if (this.nested != null) {
			for (ParentCall.Nested call : Set.copyOf(this.nested)) {
				call.parentEnded();
			}
		}
	}

	private void tellListener(@Nullable Throwable thrown, @Nullable ActionException answered) {
		ActionRunListener listener = this.context.interceptors().runListener();
		if (listener != null) {
			listener.ended(this, thrown, answered, age());
		}
	}

	@Override
	public void credit(long items) {
		this.source.grant(items);
	}

	@Override
	public void resume() {
		this.source.replenish();
	}

	/**
	 * The result is complete, or its end is queued. Model: calls.pml, step result.
	 */
	@Override
	public void sourceCompleted() {
		if (!this.ended) {
			close(null, null);
		}
	}

	@Override
	public void sourceFailed(Throwable error) {
		if (this.ended) {
			return;
		}
		ActionException exception = told(this.context.errors().toActionException(error, this));
		close(exception, error);
		Frame.Error frame = this.context.errorFrame(id(), exception);
		if (!hasQueuedFrames()) {
			this.context.sendQueue().addPrompt(frame, this);
		}
		else {
			// The items that came before the failure are delivered before it.
			this.context.sendQueue().add(frame, this);
		}
	}

	/**
	 * Adds to an error whether the action may have run, here or in a pod that is gone.
	 * That decides about the idempotency key, too.
	 */
	private ActionException told(ActionException error) {
		return (isResumed() && !this.untouched) ? error.mayHaveRun() : error.answer(this.entered);
	}

	@Override
	public boolean isEnded() {
		return this.ended;
	}

	@Override
	public long nanosLeft() {
		return (this.deadline != null) ? this.deadlineNanos - this.context.loop().now() : Long.MAX_VALUE;
	}

	@Override
	public void addNested(ParentCall.Nested call) {
		Set<ParentCall.Nested> calls = (this.nested != null) ? this.nested : new LinkedHashSet<>();
		this.nested = calls;
		calls.add(call);
	}

	@Override
	public void removeNested(ParentCall.Nested call) {
		if (this.nested != null) {
			this.nested.remove(call);
		}
	}

	@Override
	public AgentSession session() {
		return this.context.session();
	}

	@Override
	public Codec codec() {
		return this.context.codec();
	}

	@Override
	public int maxItem() {
		return this.context.remote().item();
	}

	@Override
	public <T> Flux<T> inbound(Class<T> type) {
		return (this.sink != null) ? this.sink.flux(type) : Flux.empty();
	}

	@Override
	public void progress(double done, @Nullable Double total, @Nullable String text) {
		Bytes encoded = codec().encodeMetadata(Metadata.of(new Progress(done, total, text)));
		if (encoded.length() > this.context.remote().metadata()) {
			encoded = codec().encodeMetadata(Metadata.of(new Progress(done, total, null)));
		}
		Frame.Item frame = new Frame.Item(FrameType.DATA, id(), false, encoded, Bytes.EMPTY);
		this.context.loop().execute(() -> {
			if (this.ended) {
				return;
			}
			if (this.queuedProgress != null && this.queuedProgress.isQueued()) {
				this.context.sendQueue().replace(this.queuedProgress, frame);
			}
			else {
				this.queuedProgress = this.context.sendQueue().add(frame, this);
			}
		});
	}

	@Override
	public InvocationSpec invoke(String name) {
		return new PeerInvocation(this.context, this, name);
	}

	@Override
	public <T> Mono<Answer<T>> ask(Question<T> question) {
		return this.context.questionSender().ask(this, question);
	}

	@Override
	public ActionCatalog actions() {
		return this.context.sessionActions().get();
	}

	/**
	 * Send an event on behalf of the invocation. Model: calls.pml, step event.
	 */
	@Override
	public void sendEvent(String name, @Nullable Object payload) {
		this.context.host().sendEvent(name, payload, !this.source.isUnderway(), this);
	}

}
