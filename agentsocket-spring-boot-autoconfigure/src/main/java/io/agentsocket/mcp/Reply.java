package io.agentsocket.mcp;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * The response to one request for a tool: a JSON object, or a stream of events as soon as
 * there is something to tell before the result, or the result takes long. A client that
 * closes it before it is complete cancels the call. Thread-safe.
 */
final class Reply {

	/** Events beyond which no item is asked for, and reports of progress are left out. */
	private static final int FULL = 32;

	/**
	 * Time after which an answer becomes a stream, so that comments keep it open and show
	 * when the client has gone.
	 */
	private static final Duration LONG = Duration.ofSeconds(1);

	private static final Bytes COMMENT = Bytes.utf8(":\n\n");

	private final RpcMessage message;

	private final Revision revision;

	private final boolean mayStream;

	private final MonoSink<McpAnswer> sink;

	private final Duration keepAlive;

	private Sinks.@Nullable Many<Bytes> stream;

	private @Nullable Disposable timer;

	private boolean done;

	/** Whether the client has closed the response before it was complete. */
	private boolean left;

	/** Events that the client has not taken. */
	private int waiting;

	/** The latest progress that was told: it only grows. */
	private double told;

	private Runnable cancelled = () -> {
	};

	private volatile Runnable room = () -> {
	};

	/**
	 * Create a reply.
	 * @param message the request
	 * @param revision how its client is spoken to
	 * @param mayStream whether the client reads streams
	 * @param sink takes the answer
	 * @param keepAlive time between comments in a stream
	 */
	Reply(RpcMessage message, Revision revision, boolean mayStream, MonoSink<McpAnswer> sink, Duration keepAlive) {
		this.message = message;
		this.revision = revision;
		this.mayStream = mayStream;
		this.sink = sink;
		this.keepAlive = keepAlive;
		sink.onCancel(this::gone);
	}

	Revision revision() {
		return this.revision;
	}

	/** Whether the client shows forms to its user when a result asks for it. */
	boolean takesForms() {
		return this.revision.isStateless() && this.message.meta.forms;
	}

	/**
	 * Sets what happens when the client closes the response before it is complete; it
	 * happens at once, when the client has done so.
	 */
	void onCancel(Runnable cancelled) {
		synchronized (this) {
			this.cancelled = cancelled;
			if (!this.left) {
				return;
			}
		}
		cancelled.run();
	}

	/** Sets what happens when the client takes events again. */
	void onRoom(Runnable room) {
		this.room = room;
	}

	/** Begins to wait: a response that takes long becomes a stream. */
	synchronized void await() {
		if (this.mayStream && !this.done && this.timer == null) {
			this.timer = Schedulers.parallel().schedule(this::open, LONG.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	private void gone() {
		Runnable hearing;
		synchronized (this) {
			if (this.done) {
				return;
			}
			end();
			this.left = true;
			hearing = this.cancelled;
		}
		hearing.run();
	}

	/** The response is complete, or nobody reads it any more. */
	private void end() {
		this.done = true;
		if (this.timer != null) {
			this.timer.dispose();
		}
	}

	/** Makes a stream of the response, unless it is complete. */
	void open() {
		Sinks.Many<Bytes> opened = Sinks.many().unicast().onBackpressureBuffer();
		synchronized (this) {
			if (this.done || this.stream != null) {
				return;
			}
			if (this.timer != null) {
				this.timer.dispose();
			}
			this.stream = opened;
			long period = this.keepAlive.toMillis();
			this.timer = Schedulers.parallel()
				.schedulePeriodically(this::comment, period, period, TimeUnit.MILLISECONDS);
		}
		this.sink.success(McpAnswer.events(opened.asFlux().doOnNext((event) -> taken()).doOnCancel(this::gone)));
	}

	private synchronized void comment() {
		// Somebody who takes nothing gets no more of it.
		if (this.waiting < FULL) {
			emit(COMMENT);
		}
	}

	private void emit(Bytes event) {
		if (this.stream != null && !this.done) {
			this.waiting++;
			this.stream.tryEmitNext(event);
		}
	}

	private void taken() {
		boolean free;
		synchronized (this) {
			free = this.waiting-- == FULL / 2;
		}
		if (free) {
			this.room.run();
		}
	}

	/**
	 * Tell how far the call has come, if the client wants to know.
	 * @param progress more than the last time, or nothing is told
	 * @param total what it grows to, or {@code null}
	 * @param text a literal, or {@code null}
	 * @return whether the client takes what is told
	 */
	boolean progress(double progress, @Nullable Double total, @Nullable Bytes text) {
		Bytes token = this.message.meta.progressToken;
		if (token.isEmpty() || !this.mayStream || !Double.isFinite(progress)) {
			return true;
		}
		open();
		synchronized (this) {
			if (progress > this.told && this.waiting < FULL * 2) {
				this.told = progress;
				JsonBytes params = new JsonBytes(128).raw("{\"progressToken\":").raw(token);
				params.raw(",\"progress\":" + number(progress));
				if (total != null && Double.isFinite(total)) {
					params.raw(",\"total\":" + number(total));
				}
				if (text != null) {
					params.raw(",\"message\":").raw(text);
				}
				emit(event(notification("notifications/progress", params.raw("}").bytes())));
			}
			return this.waiting < FULL;
		}
	}

	private static String number(double value) {
		return (value == Math.rint(value) && Math.abs(value) < 1L << 53) ? String.valueOf((long) value)
				: String.valueOf(value);
	}

	/** A notification as a message. */
	static Bytes notification(String method, Bytes params) {
		return new JsonBytes(params.length() + 80).raw("{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":")
			.raw(params)
			.raw("}")
			.bytes();
	}

	/** A message as an event of a stream: it has no line ends. */
	static Bytes event(Bytes message) {
		return new JsonBytes(message.length() + 24).raw("event: message\ndata: ").raw(message).raw("\n\n").bytes();
	}

	/**
	 * End the response with a result.
	 * @param members members of the result
	 */
	void result(Bytes members) {
		complete(McpAnswer.json(200, response(this.message.id, this.revision, members)));
	}

	/** A response with a result. */
	static Bytes response(Bytes id, Revision revision, Bytes members) {
		return new JsonBytes(members.length() + id.length() + 80).raw("{\"jsonrpc\":\"2.0\",\"id\":")
			.raw(id)
			.raw(revision.isStateless() ? ",\"result\":{\"resultType\":\"complete\"," : ",\"result\":{")
			.raw(members)
			.raw("}}")
			.bytes();
	}

	/**
	 * End the response with questions.
	 * @param members the questions, and the state that the client brings back
	 */
	void questions(Bytes members) {
		complete(McpAnswer.json(200,
				new JsonBytes(members.length() + 96).raw("{\"jsonrpc\":\"2.0\",\"id\":")
					.raw(this.message.id)
					.raw(",\"result\":{\"resultType\":\"input_required\",")
					.raw(members)
					.raw("}}")
					.bytes()));
	}

	/** End the response with an error. */
	void error(RpcError error) {
		complete(McpAnswer.error(error, this.message.id));
	}

	private void complete(McpAnswer answer) {
		synchronized (this) {
			if (this.done) {
				return;
			}
			if (this.stream != null) {
				emit(event(answer.body()));
				end();
				this.stream.tryEmitComplete();
				return;
			}
			end();
		}
		this.sink.success(answer);
	}

}
