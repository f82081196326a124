package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.agentsocket.action.Action;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * One end of a session: runs the actions that the other end invokes, invokes those of the
 * other end, and keeps both going across connections. Implements sections 7 to 10 of
 * {@code docs/protocol.md}, the same on both sides.
 *
 * <p>
 * All state is confined to one loop, which runs on the event loop of the present
 * connection. Public methods may be called from any thread and return at once. What is
 * sent is bounded by the other side's window and credit; what is received by
 * {@link Limits}.
 */
public final class Peer {

	private static final Log logger = LogFactory.getLog(Peer.class);

	private static final Duration ACK_DELAY = Duration.ofSeconds(1);

	private static final int MAX_WAITING = 65_536;

	private final PeerSettings settings;

	private final ErrorMapping errors;

	private final SerialLoop loop;

	private final Outgoing outgoing;

	private final Incoming incoming;

	private final Assembly assembly;

	private final Aliases mine = new Aliases();

	private final Aliases theirs = new Aliases();

	private final StreamTable streams;

	private final Set<Stream> awaitingRoom = new LinkedHashSet<>(2);

	private final ArrayDeque<Bytes> replay = new ArrayDeque<>(0);

	private @Nullable Transport transport;

	private @Nullable Keepalive keepalive;

	private @Nullable Disposable ackTimer;

	private @Nullable ActionException ended;

	private boolean pingDue;

	private boolean unconfirmed;

	private volatile ContextView context = Context.empty();

	private volatile boolean attached;

	private volatile Traffic traffic = new Traffic(0, 0, 0, 0);

	/**
	 * Create a peer without a connection.
	 * @param settings what it is made of
	 */
	public Peer(PeerSettings settings) {
		this.settings = settings;
		this.errors = new ErrorMapping(settings.errorResolvers());
		this.loop = new SerialLoop(settings.timer()::schedule, this::flush, this::broken);
		this.outgoing = new Outgoing((settings.role() == Role.CLIENT) ? Limits.SERVER : Limits.CLIENT);
		this.incoming = new Incoming(settings.limits().window());
		this.assembly = new Assembly(settings.limits());
		this.streams = new StreamTable(settings.role(), settings.limits().streams());
	}

	/**
	 * Run a task in the loop, where {@link #position()} is exact and
	 * {@link #attach(Attachment)} takes effect at once.
	 * @param task a task that does not block
	 */
	public void execute(Runnable task) {
		this.loop.execute(task);
	}

	/**
	 * Begin to use a connection, in place of the present one if there is one.
	 * @param attachment the connection and where the other side stands
	 */
	public void attach(Attachment attachment) {
		this.loop.execute(() -> doAttach(attachment));
	}

	private void doAttach(Attachment attachment) {
		Transport before = this.transport;
		if (before != null) {
			detach(before);
			before.close(CloseCode.SUPERSEDED.code(), "A newer connection has taken over");
		}
		if (this.ended != null) {
			attachment.transport().close(CloseCode.SESSION_ENDED.code(), "The session has ended");
			return;
		}
		this.loop.runOn(attachment.transport().executor());
		this.outgoing.remote(attachment.remote());
		this.outgoing.log().acknowledge(attachment.received());
		this.incoming.acknowledged();
		this.context = attachment.context();
		this.transport = attachment.transport();
		this.attached = true;
		this.unconfirmed = true;
		Bytes first = attachment.firstMessage();
		if (!first.isEmpty()) {
			this.replay.add(first);
		}
		this.replay.addAll(this.outgoing.log().unacknowledged(attachment.remote()));
		Keepalive created = new Keepalive(this, this.settings, attachment.keepalive());
		this.keepalive = created;
		created.start();
		openWaiting();
	}

	/**
	 * The connection is closed. Invocations go on; what they send waits for the next
	 * connection.
	 * @param closed the connection
	 * @param closeCode the close code, 1006 when it broke
	 */
	public void detached(Transport closed, int closeCode) {
		this.loop.execute(() -> {
			if (this.transport == closed) {
				detach(closed);
				this.settings.listener().detached(closeCode);
			}
		});
	}

	private void detach(Transport closed) {
		this.transport = null;
		this.attached = false;
		this.replay.clear();
		this.pingDue = false;
		if (this.keepalive != null) {
			this.keepalive.stop();
			this.keepalive = null;
		}
		if (this.ackTimer != null) {
			this.ackTimer.dispose();
			this.ackTimer = null;
		}
		this.loop.runOn(null);
	}

	/**
	 * Where this side stands, for a resume. Exact only within {@link #execute(Runnable)}.
	 * @return numbers of frames
	 */
	public Position position() {
		OutLog log = this.outgoing.log();
		return new Position(this.incoming.received(), log.sent(), log.firstHeld());
	}

	/**
	 * End the session on this side: running actions are stopped, open invocations fail,
	 * the connection is closed.
	 * @param code close code
	 * @param reason what open invocations fail with
	 */
	public void end(int code, ActionException reason) {
		this.loop.execute(() -> {
			if (this.ended == null) {
				this.ended = reason;
				abandonAll(reason);
				Transport present = this.transport;
				if (present != null) {
					flush();
					detach(present);
					present.close(code, "");
				}
				this.outgoing.clear();
			}
		});
	}

	/**
	 * Forget the session's protocol state: open invocations fail and numbers start anew.
	 * @param reason what open invocations fail with
	 */
	public void reset(ActionException reason) {
		this.loop.execute(() -> {
			abandonAll(reason);
			this.outgoing.clear();
			this.incoming.reset();
			this.assembly.clear();
			this.mine.clear();
			this.theirs.clear();
			this.streams.clear();
			this.awaitingRoom.clear();
			this.replay.clear();
		});
	}

	private void abandonAll(ActionException reason) {
		ArrayDeque<CallerStream<?>> waiting = this.streams.waiting();
		boolean keepWaiting = this.ended == null;
		for (Stream stream : this.streams.all()) {
			boolean notInvoked = stream instanceof CallerStream<?> call && call.isWaiting();
			if (!notInvoked || !keepWaiting) {
				stream.abandon(reason);
			}
		}
		if (!keepWaiting) {
			waiting.clear();
		}
	}

	/**
	 * A message arrived. Called on the transport's executor.
	 * @param from the connection
	 * @param message the message; its array is not written to any more
	 */
	public void receive(Transport from, Bytes message) {
		this.loop.executeHere(() -> {
			Keepalive timer = this.keepalive;
			if (this.transport != from || timer == null) {
				return;
			}
			timer.received();
			Traffic before = this.traffic;
			boolean masked = this.settings.role() == Role.SERVER;
			this.traffic = new Traffic(before.messagesSent(), before.bytesSent(), before.messagesReceived() + 1,
					before.bytesReceived() + message.length() + Traffic.header(message.length(), masked));
			try {
				read(from, message);
			}
			catch (ProtocolException ex) {
				close(ex.closeCode(), String.valueOf(ex.getMessage()));
			}
			catch (CodecException ex) {
				close(CloseCode.PROTOCOL, "Metadata or a descriptor cannot be decoded");
			}
		});
	}

	private void read(Transport from, Bytes message) {
		FrameReader reader = new FrameReader(message, this.settings.limits());
		Frame frame = reader.next();
		while (frame != null) {
			if (logger.isTraceEnabled()) {
				logger.trace(this.settings.session().id() + " received " + frame.type() + " " + frame.streamId());
			}
			if (frame.type().isNumbered()) {
				this.incoming.count(reader.frameSize());
			}
			accept(frame);
			if (this.transport != from) {
				return;
			}
			frame = reader.next();
		}
		if (this.incoming.isPending() && !this.incoming.isDue() && this.ackTimer == null) {
			this.ackTimer = schedule(() -> {
				this.ackTimer = null;
				if (this.incoming.isPending()) {
					this.incoming.due();
				}
			}, ACK_DELAY);
		}
	}

	private void accept(Frame frame) {
		if (frame instanceof Frame.Item item) {
			acceptItem(item);
		}
		else if (frame instanceof Frame.Invoke invoke) {
			acceptInvoke(invoke);
		}
		else if (frame instanceof Frame.Ack ack) {
			acceptAck(ack);
		}
		else if (frame instanceof Frame.Credit credit) {
			Stream stream = open(credit.streamId());
			if (stream != null) {
				stream.credit(credit.items());
			}
		}
		else if (frame instanceof Frame.Error error) {
			acceptError(error);
		}
		else if (frame instanceof Frame.Interrupt interrupt) {
			acceptInterrupt(interrupt);
		}
		else if (frame instanceof Frame.Part part) {
			acceptPart(part);
		}
		else if (frame instanceof Frame.Define define) {
			acceptDefine(define);
		}
		else if (frame instanceof Frame.Event event) {
			acceptEvent(event);
		}
		else if (frame instanceof Frame.GoAway goAway) {
			this.settings.listener().goAway(goAway);
		}
		else if (frame instanceof Frame.Hello || frame instanceof Frame.Welcome) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A second handshake on one connection");
		}
	}

	private void acceptAck(Frame.Ack ack) {
		if (!this.outgoing.log().acknowledge(ack.received())) {
			throw new ProtocolException(CloseCode.SEQUENCE, "An acknowledgement of what was not sent");
		}
		if (ack.sent() >= 0 && ack.sent() != this.incoming.received()) {
			throw new ProtocolException(CloseCode.SEQUENCE, "Frames are missing");
		}
		if (ack.end()) {
			if (this.keepalive != null) {
				this.keepalive.pinged();
			}
			this.incoming.due();
		}
		if (this.unconfirmed) {
			this.unconfirmed = false;
			this.settings.listener().confirmed();
		}
	}

	private void acceptInvoke(Frame.Invoke frame) {
		int id = frame.streamId();
		Bytes arguments = frame.arguments();
		if (this.streams.isOpening(id)) {
			boolean refused = this.streams.isRefused(id);
			this.streams.opened(id);
			if (refused) {
				return;
			}
			Bytes whole = this.assembly.complete(id, arguments);
			if (whole == null) {
				sendPrompt(errorFrame(id, tooLarge()), null);
				return;
			}
			arguments = whole;
		}
		else {
			this.streams.openRemote(id);
		}
		invoke(frame, arguments);
	}

	private void invoke(Frame.Invoke frame, Bytes arguments) {
		int id = frame.streamId();
		Metadata metadata = metadata(frame);
		if (this.streams.isFull()) {
			refuse(id, new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many open streams").retryable());
			return;
		}
		String inline = frame.ref().name();
		String name = (inline != null) ? inline : this.mine.name(frame.ref().alias());
		if (name == null) {
			refuse(id, new ActionException(ErrorCode.UNKNOWN_ALIAS, "The alias is not defined"));
			return;
		}
		Action action = this.settings.actions().find(name);
		if (action == null) {
			refuse(id, new ActionException(ErrorCode.NOT_FOUND, "There is no such action"));
			return;
		}
		if (metadata.depth() > Limits.INVOCATION_DEPTH) {
			refuse(id, new ActionException(ErrorCode.FAILED_PRECONDITION,
					"Invocations nest deeper than " + Limits.INVOCATION_DEPTH));
			return;
		}
		if (metadata.parent() != 0 && this.streams.caller(metadata.parent()) == null) {
			refuse(id, new ActionException(ErrorCode.FAILED_PRECONDITION, "The parent invocation has ended"));
			return;
		}
		if (inline != null) {
			define(inline);
		}
		CalleeStream stream = new CalleeStream(this, frame, arguments, action, metadata);
		this.streams.add(stream);
		stream.start();
	}

	private void define(String name) {
		int alias = this.mine.define(name, this.outgoing.remote().aliases());
		if (alias != 0) {
			send(new Frame.Define(alias, name, Bytes.EMPTY, Bytes.EMPTY), null);
		}
	}

	private void refuse(int id, ActionException reason) {
		sendPrompt(errorFrame(id, reason), null);
	}

	private static ActionException tooLarge() {
		return new ActionException(ErrorCode.TOO_LARGE, "An item exceeds the limit");
	}

	private void acceptItem(Frame.Item frame) {
		Stream stream = open(frame.streamId());
		if (stream == null) {
			return;
		}
		Bytes body = this.assembly.complete(frame.streamId(), frame.body());
		if (body == null) {
			breakOff(stream, tooLarge());
			return;
		}
		if (body.isEmpty() && !frame.end() && frame.metadata().isEmpty()) {
			throw new ProtocolException(CloseCode.PROTOCOL, "An item is empty");
		}
		stream.item(frame, body, metadata(frame));
	}

	private void acceptPart(Frame.Part frame) {
		int id = frame.streamId();
		if (id != 0 && !this.streams.isOpening(id)) {
			if (isNew(id)) {
				this.streams.openRemote(id);
				this.streams.opening(id);
			}
			else if (open(id) == null) {
				return;
			}
		}
		if (this.streams.isRefused(id)) {
			return;
		}
		ErrorCode error = this.assembly.add(id, frame.body());
		if (error != null) {
			this.assembly.discard(id);
			partRefused(id, new ActionException(error, (error == ErrorCode.TOO_LARGE) ? "An item exceeds the limit"
					: "Unfinished items exceed the limit"));
		}
	}

	private boolean isNew(int id) {
		return this.streams.isRemote(id) && this.streams.isNewRemote(id);
	}

	private void partRefused(int id, ActionException reason) {
		if (id == 0) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "An event or a descriptor exceeds the limit");
		}
		Stream stream = this.streams.isOpening(id) ? null : open(id);
		if (stream != null) {
			breakOff(stream, reason);
		}
		else {
			this.streams.refuse(id);
			refuse(id, reason);
		}
	}

	/** End a stream in both directions because of what the other side sent. */
	private void breakOff(Stream stream, ActionException reason) {
		if (stream instanceof CalleeStream callee) {
			callee.stop(reason);
		}
		else {
			sendPrompt(errorFrame(stream.id(), reason), null);
			stream.failed(reason);
		}
	}

	private void acceptError(Frame.Error frame) {
		int id = frame.streamId();
		if (this.streams.isOpening(id)) {
			this.streams.opened(id);
			this.assembly.discard(id);
			return;
		}
		Stream stream = open(id);
		if (stream != null) {
			stream.failed(ErrorMapping.toException(frame, metadata(frame)));
		}
	}

	private void acceptInterrupt(Frame.Interrupt frame) {
		int id = frame.streamId();
		if (!this.streams.isRemote(id)) {
			throw new ProtocolException(CloseCode.PROTOCOL, "Only the caller may send INTERRUPT");
		}
		Stream stream = this.streams.isOpening(id) ? null : open(id);
		if (stream instanceof CalleeStream callee) {
			callee.interrupt(frame.mode());
		}
	}

	private void acceptDefine(Frame.Define frame) {
		Bytes descriptor = this.assembly.complete(0, frame.descriptor());
		if (descriptor == null) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "A descriptor exceeds the limit");
		}
		Metadata metadata = metadata(frame);
		String name = this.theirs.defined(frame, this.settings.limits());
		if (name == null) {
			return;
		}
		boolean withdrawn = frame.name().isEmpty() || (frame.alias() == 0 && descriptor.isEmpty());
		if (withdrawn) {
			this.theirs.withdraw(name);
		}
		this.settings.listener().defined(name, !withdrawn, descriptor, metadata.catalog());
	}

	private void acceptEvent(Frame.Event frame) {
		Bytes payload = this.assembly.complete(0, frame.payload());
		if (payload == null) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "An event exceeds the limit");
		}
		String inline = frame.ref().name();
		String name = (inline != null) ? inline : this.theirs.name(frame.ref().alias());
		if (name != null && Names.isValid(name)) {
			this.settings.listener().event(name, payload);
		}
		else if (logger.isDebugEnabled()) {
			logger.debug("An event with an unknown alias or no valid name was dropped");
		}
	}

	private @Nullable Stream open(int id) {
		return this.streams.find(id);
	}

	private Metadata metadata(Frame frame) {
		Bytes encoded = frame.metadata();
		return encoded.isEmpty() ? Metadata.NONE : codec().decodeMetadata(encoded);
	}

	/**
	 * Invoke an action of the other side.
	 * @param action its name
	 * @return what to call
	 */
	public InvocationSpec invoke(String action) {
		return new PeerInvocation(this, action, null);
	}

	/**
	 * Send an event.
	 * @param name name of the event
	 * @param payload the payload, or {@code null}
	 * @throws CodecException if the payload cannot be encoded
	 * @throws ActionException TOO_LARGE if it exceeds what the other side accepts
	 */
	public void sendEvent(String name, @Nullable Object payload) {
		if (!Names.isValid(name)) {
			throw new IllegalArgumentException("Not the name of an event: " + name);
		}
		Bytes encoded = (payload != null) ? codec().encode(payload) : Bytes.EMPTY;
		if (encoded.length() > remote().item()) {
			throw new ActionException(ErrorCode.TOO_LARGE, "The event exceeds what the other side accepts");
		}
		execute(() -> send(new Frame.Event(this.mine.ref(name), Bytes.EMPTY, encoded), null));
	}

	/**
	 * Tell the other side that an action has become available.
	 * @param name its name
	 * @param descriptor its descriptor, as maps and lists
	 * @param catalogHash hash of the catalog after the change
	 */
	public void announce(String name, Object descriptor, String catalogHash) {
		Bytes encoded = codec().encode(descriptor);
		Bytes metadata = codec().encodeMetadata(Metadata.ofCatalog(catalogHash));
		execute(() -> {
			int alias = this.mine.define(name, this.outgoing.remote().aliases());
			send(new Frame.Define(alias, name, metadata, encoded), null);
		});
	}

	/**
	 * Tell the other side that an action is no longer available.
	 * @param name its name
	 * @param catalogHash hash of the catalog after the change
	 */
	public void withdraw(String name, String catalogHash) {
		Bytes metadata = codec().encodeMetadata(Metadata.ofCatalog(catalogHash));
		execute(() -> {
			int alias = this.mine.withdraw(name);
			send(new Frame.Define(alias, (alias != 0) ? "" : name, metadata, Bytes.EMPTY), null);
		});
	}

	/**
	 * Tell the other side that the connection is about to close.
	 * @param frame when and why
	 */
	public void goAway(Frame.GoAway frame) {
		execute(() -> sendPrompt(frame, null));
	}

	/**
	 * Close the present connection; the session may be resumed.
	 * @param code why
	 * @param rule the broken rule, or what happened
	 */
	public void close(CloseCode code, String rule) {
		execute(() -> {
			Transport present = this.transport;
			if (present != null) {
				if (logger.isDebugEnabled()) {
					logger.debug("Closing connection of session " + this.settings.session().id() + " with "
							+ code.code() + ": " + rule);
				}
				flush();
				detach(present);
				present.close(code.code(), rule);
				this.settings.listener().detached(code.code());
			}
		});
	}

	/** The transport takes messages again. */
	public void writable() {
		this.loop.execute(() -> {
		});
	}

	/**
	 * Whether there is a connection now.
	 * @return {@code true} while attached
	 */
	public boolean isAttached() {
		return this.attached;
	}

	/**
	 * What was sent and received so far.
	 * @return a snapshot
	 */
	public Traffic traffic() {
		return this.traffic;
	}

	/**
	 * The session of this peer.
	 * @return the session
	 */
	public AgentSession session() {
		return this.settings.session();
	}

	/**
	 * The codec of the session.
	 * @return the codec
	 */
	public Codec codec() {
		return this.settings.codec();
	}

	ErrorMapping errors() {
		return this.errors;
	}

	ContextView context() {
		return this.context;
	}

	Limits local() {
		return this.settings.limits();
	}

	Limits remote() {
		return this.outgoing.remote();
	}

	boolean inLoop() {
		return this.loop.inLoop();
	}

	long now() {
		return this.settings.timer().now(TimeUnit.NANOSECONDS);
	}

	/** Run a task in the loop after a time; the caller owns the timer. */
	Disposable schedule(Runnable task, Duration delay) {
		return this.settings.timer().schedule(() -> execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
	}

	void ping() {
		this.pingDue = true;
	}

	Frame.Ref ref(String action) {
		return this.theirs.ref(action);
	}

	Frame.Error errorFrame(int streamId, ActionException error) {
		return ErrorMapping.toFrame(streamId, error, codec(), remote().metadata());
	}

	OutFrame send(Frame frame, @Nullable Stream stream) {
		return this.outgoing.add(frame, stream);
	}

	OutFrame sendPrompt(Frame frame, @Nullable Stream stream) {
		return this.outgoing.addPrompt(frame, stream);
	}

	void replace(OutFrame queued, Frame frame) {
		this.outgoing.replace(queued, frame);
	}

	/** Make an item the last one of its side, if it was not sent yet. */
	boolean markLast(OutFrame queued) {
		if (queued.isSent() || !(queued.frame() instanceof Frame.Item item)) {
			return false;
		}
		this.outgoing.replace(queued, item.withEnd());
		return true;
	}

	void discard(Stream stream) {
		this.outgoing.discard(stream);
	}

	boolean isFull() {
		return this.outgoing.isFull();
	}

	void awaitRoom(Stream stream) {
		this.awaitingRoom.add(stream);
	}

	void open(CallerStream<?> stream) {
		if (this.ended != null) {
			stream.abandon(this.ended);
		}
		else if (canOpen()) {
			stream.open(this.streams.add(stream));
		}
		else if (this.streams.waiting().size() < MAX_WAITING) {
			this.streams.waiting().add(stream);
		}
		else {
			stream.abandon(new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many invocations wait").retryable());
		}
	}

	private boolean canOpen() {
		return this.attached && this.streams.callers() < remote().streams() && !isFull();
	}

	private boolean openWaiting() {
		boolean opened = false;
		while (!this.streams.waiting().isEmpty() && canOpen()) {
			CallerStream<?> stream = this.streams.waiting().removeFirst();
			if (stream.isWaiting()) {
				stream.open(this.streams.add(stream));
				opened = true;
			}
		}
		return opened;
	}

	void callerClosed(CallerStream<?> stream) {
		if (stream.id() != 0) {
			this.streams.remove(stream);
			this.assembly.discard(stream.id());
			this.awaitingRoom.remove(stream);
		}
		else {
			this.streams.waiting().remove(stream);
		}
	}

	void calleeClosed(CalleeStream stream) {
		this.streams.remove(stream);
		this.assembly.discard(stream.id());
		this.awaitingRoom.remove(stream);
	}

	/** Send what may be sent; the last thing that each turn of the loop does. */
	private void flush() {
		boolean more = true;
		while (more) {
			Transport present = this.transport;
			if (present == null) {
				return;
			}
			while (present.isWritable() && write(present)) {
				// Until the transport, the window or the queue says no.
			}
			more = present.isWritable() && (resumeSources() | openWaiting());
		}
		if (this.keepalive != null) {
			this.keepalive.stalled(!this.outgoing.isEmpty());
		}
	}

	private boolean write(Transport present) {
		Bytes message = this.replay.poll();
		if (message == null) {
			Frame.Ack ack = (this.incoming.isDue() || this.pingDue)
					? new Frame.Ack(this.incoming.received(), -1, this.pingDue) : null;
			message = this.outgoing.nextMessage(ack);
			if (message == null) {
				return false;
			}
			if (ack != null) {
				this.incoming.acknowledged();
				this.pingDue = false;
			}
		}
		present.write(message);
		if (this.keepalive != null) {
			this.keepalive.sent();
		}
		Traffic before = this.traffic;
		boolean masked = this.settings.role() == Role.CLIENT;
		this.traffic = new Traffic(before.messagesSent() + 1,
				before.bytesSent() + message.length() + Traffic.header(message.length(), masked),
				before.messagesReceived(), before.bytesReceived());
		return true;
	}

	private boolean resumeSources() {
		if (this.awaitingRoom.isEmpty() || this.outgoing.queued() > Outgoing.LOW) {
			return false;
		}
		List<Stream> waiting = List.copyOf(this.awaitingRoom);
		this.awaitingRoom.clear();
		waiting.forEach(Stream::resume);
		return !this.outgoing.isEmpty();
	}

	private void broken(Throwable error) {
		logger.error("The connection of session " + this.settings.session().id() + " failed", error);
		close(CloseCode.INTERNAL, "Internal error");
	}

	/**
	 * A connection that a peer begins to use.
	 *
	 * @param transport the connection
	 * @param remote what the other side accepts
	 * @param firstMessage sent before everything else (WELCOME), or empty
	 * @param received highest number that the other side has accepted
	 * @param keepalive time without sending after which the server asks for a sign of
	 * life
	 * @param context Reactor context of the connection, seen by actions
	 */
	public record Attachment(Transport transport, Limits remote, Bytes firstMessage, long received, Duration keepalive,
			ContextView context) {

	}

	/**
	 * Where one side stands in the sequence.
	 *
	 * @param received highest number accepted
	 * @param sent highest number sent
	 * @param firstHeld lowest number that can be sent again, sent + 1 when none
	 */
	public record Position(long received, long sent, long firstHeld) {

		/**
		 * Whether a session can go on from here.
		 * @param other where the other side stands
		 * @return {@code true} when neither side lacks a frame that the other no longer
		 * has
		 */
		public boolean canResume(Position other) {
			return other.firstHeld <= this.received + 1 && this.received <= other.sent && other.received <= this.sent
					&& other.received + 1 >= this.firstHeld;
		}

	}

}
