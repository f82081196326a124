package io.agentsocket.connection;

import io.agentsocket.action.Action;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.sequence.Aliases;
import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.connection.sequence.Reassembly;
import io.agentsocket.connection.sequence.ReceiveWindow;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.CalleeStream;
import io.agentsocket.connection.stream.ErrorMapping;
import io.agentsocket.connection.stream.Stream;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.connection.takeover.FrameReceiver;
import io.agentsocket.connection.takeover.IdempotencyKeys.Outcome;
import io.agentsocket.connection.takeover.Ownership;
import io.agentsocket.connection.takeover.PeerState;
import io.agentsocket.connection.takeover.RecordedCall;
import io.agentsocket.connection.takeover.RemoteAction;
import io.agentsocket.connection.takeover.RemoteStream;
import io.agentsocket.connection.takeover.SessionRecords;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.protocol.Varint;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Takes each frame that arrives to its receiver, and refuses frames that the protocol
 * does not allow. Runs in the peer's loop. Implements sections 5, 9 and 25 of {@code
 * docs/protocol.md}.
 */
final class FrameDispatcher implements FrameReceiver {

	private static final Log logger = PrintableLog.of(FrameDispatcher.class);

	/** An event that waits, beside its payload. */
	private static final int EVENT = 128;

	private final PeerSettings settings;

	private final StreamContext context;

	private final SendQueue sendQueue;

	private final StreamTable streams;

	private final Aliases ownAliases;

	private final Aliases theirAliases;

	private final ReceiveWindow receiveWindow;

	private final Reassembly reassembly;

	private final SessionRecords records;

	private final Admission admission;

	private final Parts parts;

	private final ActionAnnouncer announcer;

	private final Ownership ownership;

	FrameDispatcher(PeerSettings settings, PeerState state, StreamContext context, ActionAnnouncer announcer,
			Ownership ownership) {
		this.context = context;
		this.admission = new Admission(settings, state, context);
		this.parts = new Parts(state, context, this.admission);
		this.announcer = announcer;
		this.ownership = ownership;
		this.settings = settings;
		this.sendQueue = state.sendQueue();
		this.receiveWindow = state.receiveWindow();
		this.reassembly = state.reassembly();
		this.streams = state.streams();
		this.ownAliases = state.ownAliases();
		this.theirAliases = state.theirAliases();
		this.records = state.records();
	}

	/**
	 * Take a frame of the connection to its stream, here or in another pod.
	 * @throws ProtocolException if the connection must be closed
	 */
	void dispatch(Frame frame) {
		int id = frame.streamId();
		RemoteStream remote = (id != 0) ? this.ownership.remoteStream(id) : null;
		if (remote != null) {
			pass(remote, frame);
		}
		else {
			accept(frame);
		}
	}

	/** Passes a frame on to a stream in another pod. Model: frames.pml, step receive. */
	private void pass(RemoteStream stream, Frame frame) {
		if (frame instanceof Frame.Invoke) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A stream id is used again");
		}
		if (frame instanceof Frame.Interrupt && stream.isOwn()) {
			throw new ProtocolException(CloseCode.PROTOCOL, "Only the caller may send INTERRUPT");
		}
		if (frame instanceof Frame.Credit credit && !stream.isOwn()) {
			this.records.credited(stream.id(), credit.items());
		}
		this.ownership.pass(stream, frame, this.receiveWindow.received());
	}

	/** Take a frame to its stream here, also one that came through the owner. */
	@Override
	public void accept(Frame frame) {
		accept(frame, metadata(frame));
	}

	private Metadata metadata(Frame frame) {
		Bytes encoded = frame.metadata();
		return encoded.isEmpty() ? Metadata.NONE : this.settings.codec().decodeMetadata(encoded);
	}

	private void accept(Frame frame, Metadata metadata) {
		if (frame instanceof Frame.Item item) {
			item(item, metadata);
		}
		else if (frame instanceof Frame.Invoke invoke) {
			invoke(invoke, metadata);
		}
		else if (frame instanceof Frame.Credit credit) {
			credit(credit);
		}
		else if (frame instanceof Frame.Error error) {
			error(error, metadata);
		}
		else if (frame instanceof Frame.Interrupt interrupt) {
			interrupt(interrupt);
		}
		else if (frame instanceof Frame.Part part) {
			this.parts.receive(part);
		}
		else if (frame instanceof Frame.Define define) {
			define(define, metadata);
		}
		else if (frame instanceof Frame.Event event) {
			event(event);
		}
		else if (frame instanceof Frame.GoAway goAway) {
			goAway(goAway);
		}
		else if (frame instanceof Frame.Hello || frame instanceof Frame.Welcome) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A second handshake on one connection");
		}
	}

	private void goAway(Frame.GoAway frame) {
		if (this.settings.role() == Role.SERVER && frame.code() != 0) {
			throw new ProtocolException(CloseCode.PROTOCOL, "GOAWAY of a client has code 0");
		}
		this.settings.listener().goAway(frame);
	}

	private void invoke(Frame.Invoke frame, Metadata metadata) {
		int id = frame.streamId();
		Bytes arguments = frame.arguments();
		if (this.streams.isOpening(id)) {
			boolean refused = this.streams.isRefused(id);
			this.streams.opened(id);
			if (refused) {
				return;
			}
			Bytes whole = this.reassembly.complete(id, arguments);
			if (whole == null) {
				this.admission.refuse(id, Admission.tooLarge());
				return;
			}
			arguments = whole;
		}
		else {
			this.streams.openRemote(id);
		}
		String name = (frame.ref().name() != null) ? frame.ref().name() : this.ownAliases.name(frame.ref().alias());
		Action action;
		try {
			action = (name != null) ? this.settings.actions().find(name) : null;
		}
		catch (RuntimeException ex) {
			this.admission.refuse(id, ErrorMapping.internal(ex, name));
			return;
		}
		ActionException refusal = this.admission.refusal(name, action, metadata, arguments);
		if (refusal != null || action == null) {
			this.admission.refuse(id, (refusal != null) ? refusal : Admission.notFound());
			return;
		}
		if (frame.ref().name() != null) {
			this.announcer.define(action.name());
		}
		Outcome known = (metadata.idempotencyKey() != null) ? this.records.outcome(metadata.idempotencyKey()) : null;
		if (known != null && known.result() != null) {
			this.records.refused(id);
			this.sendQueue.add(Frames.withStream(known.result(), id), null);
			return;
		}
		if (action.handler() instanceof RemoteAction elsewhere && this.ownership.isOwner()) {
			Frame.Invoke whole = new Frame.Invoke(id, frame.end(), Frame.Ref.name(action.name()), frame.metadata(),
					arguments);
			this.records.relayed(whole, metadata.idempotencyKey(), Admission.isRepeatable(action) && frame.end(),
					Admission.isResumable(action) && frame.end(), expiry(metadata), elsewhere.runner());
			this.ownership.relay(whole, elsewhere.runner());
		}
		else {
			run(frame, arguments, action, metadata);
		}
	}

	private static long expiry(Metadata metadata) {
		return (metadata.deadline() >= 0) ? System.currentTimeMillis() + metadata.deadline() : 0;
	}

	/** Runs an invocation that the owner of the session has checked and passed on. */
	@Override
	public void serve(Frame.Invoke frame) {
		this.streams.served(frame.streamId());
		String name = frame.ref().name();
		Action action = (name != null) ? this.settings.actions().find(name) : null;
		if (action == null || action.handler() instanceof RemoteAction) {
			this.sendQueue.add(this.context.errorFrame(frame.streamId(), Admission.notFound()), null);
			return;
		}
		CalleeStream stream = new CalleeStream(this.context, frame, frame.arguments(), action, metadata(frame));
		this.streams.add(stream);
		stream.recorded();
		stream.start();
	}

	/**
	 * Run an invocation that was admitted. Model: calls.pml, step invoke.
	 */
	private void run(Frame.Invoke frame, Bytes arguments, Action action, Metadata metadata) {
		CalleeStream stream = new CalleeStream(this.context, frame, arguments, action, metadata);
		this.streams.add(stream);
		boolean repeatable = Admission.isRepeatable(action) && frame.end();
		boolean resumable = Admission.isResumable(action) && frame.end();
		this.records.accepted(frame, action.name(), arguments, metadata.idempotencyKey(), repeatable, resumable,
				stream.expiry());
		this.ownership.start(stream, repeatable);
	}

	@Override
	public boolean runAgain(RecordedCall call, long now) {
		Action action = this.settings.actions().find(call.action());
		if (!call.isRepeatable() || call.isAnswered() || action == null || !Admission.isResumable(action)
				|| action.handler() instanceof RemoteAction || (call.expiry() != 0 && call.expiry() <= now)) {
			return false;
		}
		Metadata metadata = metadata(call.invoke());
		CalleeStream stream = new CalleeStream(this.context, call.invoke(), call.invoke().arguments(), action,
				(call.expiry() != 0) ? metadata.withDeadline(call.expiry() - now) : metadata);
		stream.resumes();
		this.streams.add(stream);
		this.records.taken(call);
		if (call.credit() > 0) {
			// The sum of all grants may be more than one CREDIT can hold.
			stream.credit(Math.min(call.credit(), Varint.MAX_COUNTER - Math.max(metadata.credit(), 0)));
		}
		this.ownership.start(stream, Admission.isRepeatable(action));
		return true;
	}

	/** The stream of a frame that does not open one; null when it is to be ignored. */
	private @Nullable Stream open(int id) {
		if (this.streams.isOpening(id)) {
			if (!this.streams.isRefused(id)) {
				throw new ProtocolException(CloseCode.PROTOCOL, "A frame ahead of the INVOKE of its stream");
			}
			return null;
		}
		return this.streams.find(id);
	}

	private void credit(Frame.Credit frame) {
		Stream stream = open(frame.streamId());
		if (stream != null) {
			if (stream instanceof CalleeStream) {
				this.records.credited(frame.streamId(), frame.items());
			}
			stream.credit(frame.items());
		}
	}

	private void item(Frame.Item frame, Metadata metadata) {
		Stream stream = open(frame.streamId());
		if (stream == null) {
			return;
		}
		Bytes body = this.reassembly.complete(frame.streamId(), frame.body());
		if (body == null) {
			stream.breakOff(Admission.tooLarge());
			return;
		}
		boolean mayBeEmpty = frame.end() || (frame.type() == FrameType.DATA && !frame.metadata().isEmpty());
		if (body.isEmpty() && !mayBeEmpty) {
			throw new ProtocolException(CloseCode.PROTOCOL, "An item is empty");
		}
		stream.item(frame, body, metadata);
	}

	/** Refuses a stream whose arguments have arrived in part, and are lost. */
	@Override
	public void refuseParts(int id) {
		this.streams.refuse(id);
		this.admission.refuse(id, new ActionException(ErrorCode.REFUSED, "The arguments are lost").retryable());
	}

	private void error(Frame.Error frame, Metadata metadata) {
		int id = frame.streamId();
		if (this.streams.isOpening(id)) {
			this.streams.opened(id);
			this.reassembly.discard(id);
			return;
		}
		Stream stream = this.streams.find(id);
		if (stream instanceof CalleeStream) {
			this.records.ended(id);
		}
		if (stream != null) {
			stream.failed(ErrorMapping.toException(frame, metadata));
		}
	}

	private void interrupt(Frame.Interrupt frame) {
		if (!this.streams.isRemote(frame.streamId())) {
			throw new ProtocolException(CloseCode.PROTOCOL, "Only the caller may send INTERRUPT");
		}
		if (open(frame.streamId()) instanceof CalleeStream callee) {
			callee.interrupt(frame.mode());
		}
	}

	private void define(Frame.Define frame, Metadata metadata) {
		Bytes descriptor = this.reassembly.complete(0, frame.descriptor());
		this.records.recordComplete(0);
		if (descriptor == null) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "A descriptor exceeds the limit");
		}
		if (!descriptor.isEmpty()) {
			// Decoded to check its form; its content is up to the listener.
			this.settings.codec().decodeMap(descriptor);
		}
		if (frame.name().isEmpty() && !descriptor.isEmpty()) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A DEFINE that withdraws an alias has a descriptor");
		}
		String name = this.theirAliases.defined(frame, this.settings.limits());
		if (name == null || name.startsWith(Names.RESERVED_PREFIX)) {
			// The names of the protocol cannot be announced or withdrawn.
			return;
		}
		boolean withdrawn = frame.name().isEmpty() || (frame.alias() == 0 && descriptor.isEmpty());
		if (withdrawn) {
			this.theirAliases.of(name).forEach(this.records::aliasWithdrawn);
			this.theirAliases.withdraw(name);
		}
		else if (frame.alias() != 0) {
			this.records.alias(frame.alias(), name);
		}
		this.settings.listener().defined(name, !withdrawn, descriptor, metadata.catalog());
	}

	private void event(Frame.Event frame) {
		Bytes payload = this.reassembly.complete(0, frame.payload());
		this.records.recordComplete(0);
		if (payload == null) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "An event exceeds the limit");
		}
		String inline = frame.ref().name();
		String name = (inline != null) ? inline : this.theirAliases.name(frame.ref().alias());
		if (name == null) {
			throw new ProtocolException(CloseCode.PROTOCOL, "An event with an alias that is not defined");
		}
		if (Names.isValid(name)) {
			// It may wait until it is stored, and not with all of the message it came in.
			Bytes own = this.ownership.isStrict() ? payload.detach() : payload;
			this.ownership.deliver(() -> this.settings.listener().event(name, own), EVENT + own.array().length);
		}
		else if (logger.isDebugEnabled()) {
			logger.debug("An event without a valid name was dropped");
		}
	}

}
