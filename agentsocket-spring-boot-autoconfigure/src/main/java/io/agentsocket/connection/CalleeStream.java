package io.agentsocket.connection;

import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * An invocation that runs here. Owns the subscription to the action, its timer and the
 * invocations nested into it, and ends them all with one terminal frame.
 */
final class CalleeStream extends Stream implements AgentExchange, ItemSource.Owner {

	private final Peer peer;

	private final int id;

	private final Action action;

	private final Metadata metadata;

	private final Bytes arguments;

	private final ItemSource source;

	private final @Nullable Instant deadline;

	private final boolean takesItems;

	private @Nullable ItemSink sink;

	private @Nullable Disposable timer;

	private @Nullable Set<CallerStream<?>> nested;

	private @Nullable OutFrame queuedProgress;

	private volatile Sinks.@Nullable Empty<Void> stop;

	private volatile boolean stopRequested;

	private volatile boolean ended;

	CalleeStream(Peer peer, Frame.Invoke frame, Bytes arguments, Action action, Metadata metadata) {
		this.peer = peer;
		this.id = frame.streamId();
		this.action = action;
		this.metadata = metadata;
		this.arguments = arguments;
		this.takesItems = !frame.end();
		Duration limit = timeLimit(action, metadata);
		this.deadline = (limit != null) ? Instant.now().plus(limit) : null;
		ResultShape shape = action.result();
		long credit = (metadata.credit() >= 0 && shape != ResultShape.VALUE && shape != ResultShape.NONE)
				? metadata.credit() : Long.MAX_VALUE;
		this.source = new ItemSource(peer, this, this, shape, credit,
				Context.of(peer.context()).put(AgentExchange.class, this));
		if (limit != null) {
			this.timer = peer.schedule(this::expire, limit);
		}
	}

	private static @Nullable Duration timeLimit(Action action, Metadata metadata) {
		Duration timeout = action.hints().timeout();
		if (metadata.deadline() < 0) {
			return timeout;
		}
		Duration deadline = Duration.ofMillis(metadata.deadline());
		return (timeout != null && timeout.compareTo(deadline) < 0) ? timeout : deadline;
	}

	void start() {
		Publisher<?> results;
		try {
			results = this.action.handler().handle(this);
		}
		catch (Exception ex) {
			sourceFailed(ex);
			return;
		}
		this.source.start(results);
	}

	@Override
	int id() {
		return this.id;
	}

	@Override
	void item(Frame.Item frame, Bytes body, Metadata itemMetadata) {
		if (!this.takesItems) {
			stop(new ActionException(ErrorCode.FAILED_PRECONDITION,
					"The caller sent items after it had ended its side"));
			return;
		}
		if (!sink().offer(frame, body)) {
			stop(new ActionException(ErrorCode.RESOURCE_EXHAUSTED,
					"The caller sent more items than it had credit for"));
		}
	}

	void interrupt(int mode) {
		if (mode == Frame.Interrupt.NOW) {
			stop(new ActionException(ErrorCode.CANCELLED, "Interrupted by the caller"));
			return;
		}
		this.stopRequested = true;
		Sinks.Empty<Void> signal = this.stop;
		if (signal != null) {
			signal.tryEmitEmpty();
		}
	}

	private void expire() {
		stop(new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed"));
	}

	/** Stop the work now and end the stream with an error. */
	void stop(ActionException reason) {
		if (!this.ended) {
			close(reason);
			this.peer.discard(this);
			this.peer.sendPrompt(this.peer.errorFrame(this.id, reason), this);
		}
	}

	@Override
	void failed(ActionException error) {
		abandon(error);
	}

	@Override
	void abandon(ActionException reason) {
		if (!this.ended) {
			close(reason);
			this.peer.discard(this);
		}
	}

	/** End everything that belongs to the invocation. */
	private void close(@Nullable ActionException reason) {
		this.ended = true;
		if (this.timer != null) {
			this.timer.dispose();
		}
		this.peer.calleeClosed(this);
		this.source.cancel();
		if (this.sink != null) {
			this.sink.close(reason);
		}
		Sinks.Empty<Void> signal = this.stop;
		if (signal != null) {
			signal.tryEmitEmpty();
		}
		if (this.nested != null) {
			for (CallerStream<?> call : Set.copyOf(this.nested)) {
				call.parentEnded();
			}
		}
	}

	@Override
	void credit(long items) {
		this.source.grant(items);
	}

	@Override
	void resume() {
		this.source.replenish();
	}

	@Override
	public void sourceCompleted() {
		if (!this.ended) {
			close(null);
		}
	}

	@Override
	public void sourceFailed(Throwable error) {
		if (this.ended) {
			return;
		}
		ActionException exception = this.peer.errors().toActionException(error, this);
		close(exception);
		Frame.Error frame = this.peer.errorFrame(this.id, exception);
		if (this.queuedFrames == 0) {
			this.peer.sendPrompt(frame, this);
		}
		else {
			// The items that came before the failure are delivered before it.
			this.peer.send(frame, this);
		}
	}

	boolean isEnded() {
		return this.ended;
	}

	int depth() {
		return this.metadata.depth();
	}

	void nested(CallerStream<?> call) {
		Set<CallerStream<?>> calls = (this.nested != null) ? this.nested : new LinkedHashSet<>();
		this.nested = calls;
		calls.add(call);
	}

	void nestedEnded(CallerStream<?> call) {
		if (this.nested != null) {
			this.nested.remove(call);
		}
	}

	@Override
	public Action action() {
		return this.action;
	}

	@Override
	public AgentSession session() {
		return this.peer.session();
	}

	@Override
	public Optional<Instant> deadline() {
		return Optional.ofNullable(this.deadline);
	}

	@Override
	public @Nullable String callKey() {
		return this.metadata.callKey();
	}

	@Override
	public @Nullable String traceparent() {
		return this.metadata.traceparent();
	}

	@Override
	public Bytes arguments() {
		return this.arguments;
	}

	@Override
	public <T> @Nullable T arguments(Type type) {
		return codec().decode(this.arguments, type);
	}

	@Override
	public Codec codec() {
		return this.peer.codec();
	}

	@Override
	public <T> Flux<T> inbound(Class<T> type) {
		return Flux.defer(() -> this.takesItems ? sink().flux(type) : Flux.empty());
	}

	private synchronized ItemSink sink() {
		ItemSink items = this.sink;
		if (items == null) {
			items = new ItemSink(this.peer, this, this.peer.local().items());
			this.sink = items;
		}
		return items;
	}

	@Override
	public boolean isStopRequested() {
		return this.stopRequested;
	}

	@Override
	public synchronized Mono<Void> stopRequested() {
		Sinks.Empty<Void> signal = this.stop;
		if (signal == null) {
			signal = Sinks.empty();
			this.stop = signal;
		}
		if (this.stopRequested || this.ended) {
			signal.tryEmitEmpty();
		}
		return signal.asMono();
	}

	@Override
	public void progress(double done, @Nullable Double total, @Nullable String text) {
		String shown = (text != null && text.length() > 500) ? text.substring(0, 500) : text;
		Bytes encoded = codec().encodeMetadata(Metadata.of(new Metadata.Progress(done, total, shown)));
		Frame.Item frame = new Frame.Item(FrameType.DATA, this.id, false, encoded, Bytes.EMPTY);
		this.peer.execute(() -> {
			if (this.ended) {
				return;
			}
			if (this.queuedProgress != null && !this.queuedProgress.isSent()) {
				this.peer.replace(this.queuedProgress, frame);
			}
			else {
				this.queuedProgress = this.peer.send(frame, this);
			}
		});
	}

	@Override
	public InvocationSpec invoke(String name) {
		return new PeerInvocation(this.peer, name, this);
	}

}
