package io.agentsocket.function;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;

import io.agentsocket.action.Action;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.Attachment;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.Transport;
import io.agentsocket.connection.loop.SerialLoop;
import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * Runs an invocation in a function. The ordinary engine runs it: a peer of a session that
 * lives as long as the request does. This is the other side of that peer: it sends the
 * INVOKE, takes the frames that come back as the body of the answer, acknowledges what
 * was taken, grants credit for it, and answers questions that were asked before. So
 * interceptors, checks, back-pressure, deadline, cancel and errors are those of a pod.
 *
 * <p>
 * Everything but {@link #answer(String, Duration)} runs in the loop of the peer, or hands
 * over to it.
 */
final class InvocationRun implements Transport {

	private static final Log logger = PrintableLog.of(InvocationRun.class);

	/** The loop of a peer runs one task at a time, wherever that is. */
	private static final Executor EXECUTOR = (task) -> Schedulers.parallel().schedule(task);

	/** The other side is in this process. */
	private static final Duration NO_PINGS = Duration.ofHours(2);

	/** Bytes of a trace context in metadata. */
	private static final int MAX_TRACEPARENT = 256;

	private final Peer peer;

	private final Codec codec;

	private final Codec json;

	private final InvokeRequest request;

	private final AnswerFrames frames;

	private final Replay replay;

	private final Limits limits;

	private final Disposable announced;

	private final Sinks.Many<Chunk> chunks = Sinks.many().unicast().onBackpressureBuffer();

	/** Hands messages to the peer in their order. */
	private final SerialLoop sending = new SerialLoop(EXECUTOR, () -> {
	}, (error) -> logger.error("A message for the engine is lost", error));

	private @Nullable MonoSink<FunctionAnswer> head;

	/** Frames that have come, of those that count. */
	private long received;

	/** How many of these were acknowledged. */
	private long acknowledged;

	/** Chunks that wait to be taken. */
	private int waiting;

	/** Whether anything was sent since the last beat. */
	private boolean busy;

	private @Nullable Disposable beat;

	/** Whether the request is answered, and the action goes on. */
	private boolean isDetached;

	private boolean closed;

	/**
	 * Create a run.
	 * @param peer runs the action
	 * @param action the action, or {@code null} when it is not known
	 * @param json codec of the messages of the function to itself
	 * @param announced tells of actions of the session, until it is disposed of
	 */
	InvocationRun(Peer peer, @Nullable Action action, InvokeRequest request, FunctionSession session, Replay replay,
			Codec json, Disposable announced) {
		this.peer = peer;
		this.announced = announced;
		this.codec = peer.codec();
		this.json = json;
		this.request = request;
		this.replay = replay;
		this.limits = InvocationLimits.ofRelay(request.item());
		session.onDetach(detached(session));
		this.frames = new AnswerFrames(this.codec, (action != null) ? action.result() : null, session, replay);
	}

	/**
	 * Run the action.
	 * @param traceparent trace context of the relay, or {@code null}
	 * @param heartbeat silence after which there is a sign of life
	 * @return the answer, as soon as its first frame or a sign of life is there;
	 * cancelling it, or its body, stops the action
	 */
	Mono<FunctionAnswer> answer(@Nullable String traceparent, Duration heartbeat) {
		return Mono.create((sink) -> {
			sink.onCancel(this::cancel);
			this.peer.execute(() -> begin(sink, traceparent, heartbeat));
		});
	}

	/** Answers the request, while the action goes on. */
	private Mono<Void> detached(FunctionSession session) {
		return Mono.create((detaching) -> this.peer.execute(() -> {
			MonoSink<FunctionAnswer> sink = this.head;
			if (sink == null || !this.frames.isEmpty()) {
				detaching.error(new ActionException(ErrorCode.FAILED_PRECONDITION,
						"The answer has begun: detach before the first item, event or sign of life"));
				return;
			}
			this.head = null;
			this.isDetached = true;
			Map<String, Object> patch = session.detach();
			sink.success((patch == null) ? FunctionAnswer.empty(202) : FunctionAnswer.of(200, FunctionEndpoint.RESULT,
					this.json.encodeMap(Map.of("detached", true, "state", patch))));
			detaching.success();
		}));
	}

	/** Takes a frame of an action whose request is answered. */
	private void writeDetached(Frame frame) {
		if (frame instanceof Frame.Error error && error.streamId() == AnswerFrames.STREAM) {
			logger.warn("Action " + this.request.action() + " has failed after it was detached: " + error.text());
			finish();
		}
		else if (frame instanceof Frame.Item item && item.streamId() == AnswerFrames.STREAM && item.end()) {
			finish();
		}
		else if (frame instanceof Frame.Invoke invoke) {
			send(new Frame.Error(invoke.streamId(), ErrorCode.FAILED_PRECONDITION.code(), false, false, Bytes.EMPTY,
					"The invocation is detached: its request is answered"));
		}
	}

	private void begin(MonoSink<FunctionAnswer> sink, @Nullable String traceparent, Duration heartbeat) {
		if (this.closed) {
			return;
		}
		this.head = sink;
		this.beat = new LoggedTask(logger, "An answer has no sign of life", () -> this.peer.execute(this::beat))
			.every(Schedulers.parallel(), heartbeat);
		this.peer.attach(new Attachment(this, this.limits, Bytes.EMPTY, 0, NO_PINGS, Context.of(sink.contextView())));
		Metadata metadata = new Metadata(0, this.request.timeout(), this.request.idempotencyKey(),
				(traceparent != null && traceparent.length() <= MAX_TRACEPARENT) ? traceparent : null,
				InvocationLimits.CREDIT, null, null, null, 0);
		Map<String, Object> arguments = this.request.arguments();
		String name = this.request.action();
		send(new Frame.Invoke(AnswerFrames.STREAM, true, Frame.Ref.name((name != null) ? name : "_"),
				this.codec.encodeMetadata(metadata), arguments.isEmpty() ? Bytes.EMPTY : this.codec.encode(arguments)));
	}

	private void send(Frame... sent) {
		FrameWriter writer = new FrameWriter(64);
		for (int i = 0; i < sent.length; i++) {
			writer.write(sent[i], i == sent.length - 1);
		}
		Bytes message = writer.take();
		// Behind the present task: the engine may be in the middle of sending.
		this.sending.executeLater(() -> this.peer.receive(this, message));
	}

	@Override
	public Executor executor() {
		return EXECUTOR;
	}

	@Override
	public boolean isWritable() {
		// A message that is not taken is not acknowledged, so that the window bounds it.
		return true;
	}

	@Override
	public void write(Bytes message) {
		if (this.closed) {
			return;
		}
		int items = 0;
		FrameReader reader = new FrameReader(message, this.limits);
		for (Frame frame = reader.next(); frame != null && !this.frames.hasEnded(); frame = reader.next()) {
			if (frame.type().isNumbered()) {
				this.received++;
			}
			if (this.isDetached) {
				writeDetached(frame);
				continue;
			}
			if (isOfRefused(frame)) {
				continue;
			}
			if (frame instanceof Frame.Error error && refuse(error)) {
				return;
			}
			items += (frame instanceof Frame.Item item && AnswerFrames.isItem(item)) ? 1 : 0;
			read(frame);
		}
		Chunk chunk = new Chunk(this.frames.take(), this.received, items);
		if (chunk.bytes().isEmpty()) {
			taken(chunk);
		}
		else {
			add(chunk);
		}
		if (this.frames.hasEnded()) {
			finish();
		}
	}

	/** Frames that an action sends after an invocation that a function refuses. */
	private boolean isOfRefused(Frame frame) {
		if (frame instanceof Frame.Item item && item.streamId() != AnswerFrames.STREAM) {
			this.frames.whole(item.streamId(), Bytes.EMPTY);
			return true;
		}
		return frame instanceof Frame.Error error && error.streamId() != AnswerFrames.STREAM;
	}

	private void read(Frame frame) {
		if (frame instanceof Frame.Item item) {
			this.frames.item(item);
		}
		else if (frame instanceof Frame.Part part) {
			this.frames.part(part);
		}
		else if (frame instanceof Frame.Event event) {
			this.frames.event(event);
		}
		else if (frame instanceof Frame.Define define) {
			this.frames.define(define);
		}
		else if (frame instanceof Frame.Error error) {
			this.frames.error(error);
		}
		else if (frame instanceof Frame.Invoke invoke) {
			invoked(invoke);
		}
	}

	/** Nothing was sent for a while, and the relay takes all that comes. */
	private void beat() {
		if (!this.closed && !this.isDetached && this.waiting == 0 && !this.busy) {
			this.frames.heartbeat();
			add(new Chunk(this.frames.take(), this.received, 0));
		}
		this.busy = false;
	}

	/** The action asks the agent. */
	private void invoked(Frame.Invoke invoke) {
		String name = (invoke.ref().name() != null) ? invoke.ref().name() : Names.reserved(invoke.ref().alias());
		Bytes arguments = this.frames.whole(invoke.streamId(), invoke.arguments());
		boolean approval = Names.APPROVE.equals(name);
		if (!approval && !Names.ASK.equals(name)) {
			send(new Frame.Error(invoke.streamId(), ErrorCode.UNIMPLEMENTED.code(), false, false, Bytes.EMPTY,
					"A function asks the agent, and invokes none of its actions"));
			return;
		}
		String question = Replay.question(approval ? Names.APPROVE : Names.ASK, arguments);
		Map<String, Object> known = this.replay.answer(question);
		if (known != null) {
			send(new Frame.Item(FrameType.DATA, invoke.streamId(), true, Bytes.EMPTY, this.codec.encodeMap(known)));
			return;
		}
		long left = this.codec.decodeMetadata(invoke.metadata()).deadline();
		// A question without a time of its own has that of the request, and may wait
		// longer.
		Long timeout = (left >= 0 && left < this.request.timeout() / 2) ? left : null;
		this.frames.question(approval, this.codec.decodeMap(arguments), question, timeout, this.json);
	}

	/** An error in place of the whole answer, before the action has begun. */
	private boolean refuse(Frame.Error error) {
		MonoSink<FunctionAnswer> sink = this.head;
		if (sink == null || error.mayHaveRun() || !this.frames.isEmpty()) {
			return false;
		}
		this.head = null;
		end();
		sink.success(ProblemDetails.of(error, this.codec.decodeMetadata(error.metadata()), this.json));
		return true;
	}

	private void add(Chunk chunk) {
		MonoSink<FunctionAnswer> sink = this.head;
		this.busy = true;
		this.waiting++;
		this.chunks.tryEmitNext(chunk);
		if (sink != null) {
			this.head = null;
			String codecName = this.codec.name();
			String type = FunctionEndpoint.FRAMES + (codecName.equals("json") ? "" : ";codec=" + codecName);
			sink.success(new FunctionAnswer(200, type, body()));
		}
	}

	private Flux<Bytes> body() {
		// Chunks are taken one by one: a chunk that is not asked for is not acknowledged.
		return this.chunks.asFlux().doOnCancel(this::cancel).map((chunk) -> {
			this.peer.execute(() -> {
				this.waiting--;
				taken(chunk);
			});
			return chunk.bytes();
		});
	}

	private void taken(Chunk chunk) {
		if (this.closed) {
			return;
		}
		// A chunk that is taken in the loop overtakes one that another thread has taken
		// before.
		this.acknowledged = Math.max(this.acknowledged, chunk.received());
		Frame.Ack ack = new Frame.Ack(this.acknowledged, -1, false);
		if (chunk.items() > 0) {
			send(ack, new Frame.Credit(AnswerFrames.STREAM, chunk.items()));
		}
		else if (chunk.received() > 0) {
			send(ack);
		}
	}

	private void finish() {
		end();
		this.chunks.tryEmitComplete();
	}

	/** Nothing more is sent. The engine may be in the middle of sending. */
	private void end() {
		over();
		stop();
	}

	private void over() {
		this.closed = true;
		this.announced.dispose();
		if (this.beat != null) {
			this.beat.dispose();
		}
	}

	/**
	 * Ends the peer. An action that still runs is cancelled first, and does not see its
	 * question fail.
	 */
	private void stop() {
		send(new Frame.Interrupt(AnswerFrames.STREAM, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		this.sending.executeLater(() -> this.peer.end(CloseCode.SESSION_ENDED.code(),
				new ActionException(ErrorCode.CANCELLED, "The invocation has ended")));
	}

	/** The relay is gone. */
	private void cancel() {
		this.peer.execute(() -> {
			if (!this.closed) {
				end();
			}
		});
	}

	/** The peer has ended, or something is wrong with it. */
	@Override
	public void close(int code, String reason) {
		if (this.closed) {
			return;
		}
		over();
		stop();
		IllegalStateException error = new IllegalStateException("The invocation has ended with " + code + " " + reason);
		logger.debug("An invocation is cut off: " + error.getMessage());
		MonoSink<FunctionAnswer> sink = this.head;
		if (sink != null) {
			this.head = null;
			sink.error(error);
		}
		this.chunks.tryEmitError(error);
	}

	/** Frames that the relay takes at once. */
	private record Chunk(Bytes bytes, long received, int items) {
	}

}
