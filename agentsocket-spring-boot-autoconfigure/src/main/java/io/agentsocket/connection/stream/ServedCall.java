package io.agentsocket.connection.stream;

import java.lang.reflect.Type;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionStart;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Invocation;
import io.agentsocket.action.ReplacedArguments;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * The description of an invocation that runs here, as its action sees it: what the caller
 * sent, who it is, and when to stop. The accessors may be called from any thread. The
 * {@link CalleeStream} takes care of the frames.
 */
abstract class ServedCall extends Stream implements AgentExchange, ActionStart.Entry {

	private static final Log logger = PrintableLog.of(ServedCall.class);

	private final int id;

	private final Action action;

	private final Metadata metadata;

	private final Bytes arguments;

	/** The call of this side that the caller nests the invocation into. */
	private final @Nullable OutgoingCall parentCall;

	final @Nullable Instant deadline;

	private volatile @Nullable Principal principal;

	private volatile Sinks.@Nullable Empty<Void> stop;

	private volatile boolean stopRequested;

	private boolean resumed;

	/**
	 * The error that says why the arguments did not fit the type that the action wanted
	 * to read.
	 */
	private volatile @Nullable CodecException misfit;

	ServedCall(int id, Action action, Metadata metadata, Bytes arguments, @Nullable Principal principal,
			@Nullable OutgoingCall parentCall, @Nullable Duration limit) {
		this.id = id;
		this.action = action;
		this.metadata = metadata;
		this.arguments = arguments;
		this.principal = principal;
		this.parentCall = parentCall;
		this.deadline = (limit != null) ? Instant.now().plus(limit) : null;
	}

	/** Whether the invocation is over; from any thread. */
	public abstract boolean isEnded();

	@Override
	public final int id() {
		return this.id;
	}

	@Override
	public int callNumber() {
		return this.id;
	}

	/** The pod in which the invocation ran before is gone. */
	public final void resumes() {
		this.resumed = true;
	}

	@Override
	public final boolean isResumed() {
		return this.resumed;
	}

	/** How many invocations it is nested into. */
	public final int depth() {
		return this.metadata.depth();
	}

	/** The caller was authenticated anew. */
	final void authenticated(@Nullable Principal present) {
		this.principal = present;
	}

	/** The caller asks to stop after the current step. */
	final void requestStop() {
		this.stopRequested = true;
		signalStop();
	}

	/** Tell the action to stop, if it listens. */
	final void signalStop() {
		Sinks.Empty<Void> signal = this.stop;
		if (signal == null) {
			return;
		}
		try {
			signal.tryEmitEmpty();
		}
		catch (Throwable ex) {
			logger.error("Action " + actionName() + " has failed to hear that it is to stop", ex);
		}
	}

	/** Whether an error says that the arguments do not fit, and nothing else. */
	boolean isMisfit(CodecException error) {
		return error == this.misfit;
	}

	/** Milliseconds since 1970 at which the deadline passes, 0 for none. */
	public long expiry() {
		return (this.deadline != null) ? this.deadline.toEpochMilli() : 0;
	}

	@Override
	public final String actionName() {
		return this.action.name();
	}

	@Override
	public Action action() {
		return this.action;
	}

	@Override
	public @Nullable Principal principal() {
		return this.principal;
	}

	@Override
	public Optional<Instant> deadline() {
		return Optional.ofNullable(this.deadline);
	}

	@Override
	public @Nullable String idempotencyKey() {
		return this.metadata.idempotencyKey();
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
		try {
			return AgentExchange.super.arguments(type);
		}
		catch (CodecException ex) {
			this.misfit = ex;
			throw ex;
		}
	}

	@Override
	public AgentExchange withArguments(@Nullable Object replaced) {
		return new ReplacedArguments(this, replaced);
	}

	@Override
	public @Nullable Invocation parent() {
		return (this.parentCall != null) ? this.parentCall.invocation() : null;
	}

	@Override
	public ContextView parentContext() {
		return (this.parentCall != null) ? this.parentCall.callerContext() : Context.empty();
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
		if (this.stopRequested || isEnded()) {
			signal.tryEmitEmpty();
		}
		return signal.asMono();
	}

}
