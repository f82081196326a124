package io.agentsocket.connection;

import io.agentsocket.action.Action;
import io.agentsocket.action.ResumableHandler;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.connection.takeover.IdempotencyKeys.Outcome;
import io.agentsocket.connection.takeover.PeerState;
import io.agentsocket.connection.takeover.RemoteAction;
import io.agentsocket.connection.takeover.SessionRecords;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an invocation of the other side runs, and answers it if it does not.
 * Runs in the peer's loop. Implements section 9.7 of {@code docs/protocol.md}.
 */
final class Admission {

	/** Frames that wait to be sent at once, beyond which the other side takes nothing. */
	private static final int MAX_PROMPTS = 16 * 1024;

	/**
	 * The same for a session that holds all that it may: as many as there may be streams,
	 * so that each that is open can be answered.
	 */
	private static final int MAX_PROMPTS_WHEN_FULL = 1024;

	private final PeerSettings settings;

	private final StreamContext context;

	private final SendQueue sendQueue;

	private final StreamTable streams;

	private final SessionRecords records;

	Admission(PeerSettings settings, PeerState state, StreamContext context) {
		this.settings = settings;
		this.context = context;
		this.sendQueue = state.sendQueue();
		this.streams = state.streams();
		this.records = state.records();
	}

	/**
	 * Whether the action itself is the next to read the arguments: then they are not
	 * looked over twice.
	 */
	private boolean isReadNext(Action action) {
		return action.inputCheck().byHandler() && !this.context.interceptors().hasActions();
	}

	/** Whether arguments are one map. The action checks its content. */
	private boolean isDecodable(Bytes arguments) {
		if (arguments.isEmpty()) {
			return true;
		}
		try {
			this.settings.codec().verifyMap(arguments);
			return true;
		}
		catch (CodecException ex) {
			return false;
		}
	}

	/**
	 * The reason for which an invocation does not run, looked for in the order of the
	 * protocol; null when it runs.
	 */
	@Nullable ActionException refusal(@Nullable String name, @Nullable Action action, Metadata metadata, Bytes arguments) {
		if (this.streams.isFull()) {
			return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many open streams").retryable();
		}
		if (this.sendQueue.queued() > this.settings.limits().assembly()) {
			return Holdings.noRoom("Too much waits to be taken");
		}
		if (name == null) {
			return new ActionException(ErrorCode.UNKNOWN_ALIAS, "The alias is not defined").retryable();
		}
		if (action == null) {
			return notFound();
		}
		if (metadata.depth() > Limits.INVOCATION_DEPTH) {
			return new ActionException(ErrorCode.FAILED_PRECONDITION,
					"Invocations nest deeper than " + Limits.INVOCATION_DEPTH);
		}
		if (metadata.parent() != 0 && this.streams.caller(metadata.parent()) == null) {
			return new ActionException(ErrorCode.FAILED_PRECONDITION, "The parent invocation has ended");
		}
		Outcome known = (metadata.idempotencyKey() != null) ? this.records.outcome(metadata.idempotencyKey()) : null;
		boolean runs = known == null && metadata.deadline() != 0;
		if (!(runs && isReadNext(action)) && !isDecodable(arguments)) {
			return new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments cannot be decoded");
		}
		if (known != null && !isAnswer(known, action, metadata)) {
			return new ActionException(ErrorCode.ALREADY_EXISTS, "The call is known").mayHaveRun();
		}
		// A known call is answered whatever its deadline is: this refusal says that it
		// has not run.
		if (known == null && metadata.deadline() == 0) {
			return new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed");
		}
		if (known == null && !this.settings.bounds().mayServe(this.context.holdings().served(), arguments.length())) {
			return Holdings.noRoom("Arguments of running invocations leave no room");
		}
		return (known != null) ? null : this.settings.bounds()
			.refusal(action.name(), arguments.length(), this.context.holdings().bytes(), this.streams.callees());
	}

	/** Whether the record of an idempotency key answers a call. */
	private static boolean isAnswer(Outcome known, Action action, Metadata metadata) {
		return known.result() != null && known.action().equals(action.name())
				&& (metadata.credit() != 0 || !isItem(known.result()));
	}

	/** Whether a frame costs credit. */
	private static boolean isItem(Frame frame) {
		return frame instanceof Frame.Item item && !item.body().isEmpty();
	}

	/**
	 * Answer an INVOKE with an error.
	 * @throws ProtocolException if the other side takes no answers
	 */
	void refuse(int id, ActionException reason) {
		this.records.refused(id);
		int prompts = this.sendQueue.prompts();
		if (prompts > MAX_PROMPTS || (prompts > MAX_PROMPTS_WHEN_FULL && !this.context.holdings().isWithin())) {
			throw new ProtocolException(CloseCode.SLOW_CONSUMER, "Answers are not taken");
		}
		this.sendQueue.addPrompt(this.context.errorFrame(id, reason), null);
	}

	/** Whether an action may run twice. */
	static boolean isRepeatable(Action action) {
		return (action.hints().idempotent() || action.hints().readOnly()) && !action.hints().approval();
	}

	/** Whether another pod can go on with an action when the pod that runs it dies. */
	static boolean isResumable(Action action) {
		return isRepeatable(action) || action.handler() instanceof ResumableHandler
				|| action.handler() instanceof RemoteAction elsewhere && !elsewhere.recipe().isEmpty();
	}

	static ActionException notFound() {
		return new ActionException(ErrorCode.NOT_FOUND, "There is no such action");
	}

	static ActionException noRoom() {
		return Holdings.noRoom("There is no room for it");
	}

	static ActionException tooLarge() {
		return new ActionException(ErrorCode.TOO_LARGE, "An item exceeds the limit");
	}

}
