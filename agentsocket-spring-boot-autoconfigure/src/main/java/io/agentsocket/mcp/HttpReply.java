package io.agentsocket.mcp;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * The response to one HTTP request for a tool: a JSON object, or a stream of events as
 * soon as there is something to tell before the result, or the result takes long. A
 * client that closes it before it is complete cancels the call. Thread-safe.
 */
final class HttpReply implements Reply {

	private static final Log logger = PrintableLog.of(HttpReply.class);

	/** Events beyond which no item is asked for, and reports of progress are left out. */
	private static final int FULL = 32;

	private static final Runnable NOTHING = () -> {
	};

	private static final Bytes COMMENT = Bytes.utf8(":\n\n");

	private final RpcMessage message;

	private final Revision revision;

	private final boolean mayStream;

	private final MonoSink<McpAnswer> sink;

	private final Duration keepAlive;

	private volatile @Nullable SentEvents stream;

	private @Nullable Disposable timer;

	private boolean done;

	/** Events that the client has not taken. */
	private int waiting;

	/** The latest progress that was told: it only grows. */
	private double told;

	private final CallerDeparture departure = new CallerDeparture();

	/** Runs when the web server has written the response. */
	private Runnable whenWritten = NOTHING;

	private volatile Runnable room = NOTHING;

	/**
	 * Create a reply.
	 * @param message the request
	 * @param revision how its client is spoken to
	 * @param mayStream whether the client reads streams
	 * @param sink takes the answer
	 * @param keepAlive time between comments in a stream
	 */
	HttpReply(RpcMessage message, Revision revision, boolean mayStream, MonoSink<McpAnswer> sink, Duration keepAlive) {
		this.message = message;
		this.revision = revision;
		this.mayStream = mayStream;
		this.sink = sink;
		this.keepAlive = keepAlive;
		sink.onCancel(this::gone);
	}

	@Override
	public Revision revision() {
		return this.revision;
	}

	@Override
	public boolean takesForms() {
		return this.revision.isStateless() && this.message.meta.forms;
	}

	@Override
	public void onCancel(Runnable cancelled) {
		this.departure.onGone(cancelled);
	}

	@Override
	public void onRoom(Runnable room) {
		this.room = room;
	}

	@Override
	public synchronized void await() {
		if (this.mayStream && !this.done && this.timer == null) {
			this.timer = Schedulers.parallel().schedule(this::open, LONG.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	@Override
	public void takesLong() {
		if (this.mayStream) {
			open();
		}
	}

	private void gone() {
		boolean early;
		synchronized (this) {
			early = !this.done;
			if (early) {
				end();
			}
		}
		if (early) {
			this.departure.gone();
		}
		written();
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
		if (this.stream != null) {
			return;
		}
		SentEvents opened = new SentEvents();
		synchronized (this) {
			if (this.done || this.stream != null) {
				return;
			}
			if (this.timer != null) {
				this.timer.dispose();
			}
			this.stream = opened;
			this.timer = new LoggedTask(logger, "A response has no sign of life", this::comment)
				.every(Schedulers.parallel(), this.keepAlive);
		}
		// A response may be over before anybody has asked for its events.
		this.sink.success(McpAnswer.events(opened.flux().doOnNext((event) -> taken()).doOnCancel(this::gone))
			.whenOver(this::gone));
	}

	private void comment() {
		synchronized (this) {
			// A client that takes nothing gets no more of it.
			if (this.waiting < FULL) {
				add(COMMENT);
			}
		}
		send();
	}

	/** Called with the lock, and {@link #send()} behind it without. */
	private void add(Bytes event) {
		SentEvents opened = this.stream;
		if (opened != null && !this.done) {
			this.waiting++;
			opened.add(event);
		}
	}

	private void send() {
		SentEvents opened = this.stream;
		if (opened != null) {
			opened.send();
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

	@Override
	public boolean progress(double progress, @Nullable Double total, @Nullable Bytes text) {
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
				add(RpcWriter.event(RpcWriter.notification("notifications/progress", params.raw("}").bytes())));
			}
		}
		send();
		synchronized (this) {
			return this.waiting < FULL;
		}
	}

	private static String number(double value) {
		return (value == Math.rint(value) && Math.abs(value) < 1L << 53) ? String.valueOf((long) value)
				: String.valueOf(value);
	}

	@Override
	public void result(Bytes members, Runnable over) {
		complete(RpcWriter.response(this.message.id, this.revision, members), 200, over);
	}

	@Override
	public void questions(Bytes members) {
		complete(RpcWriter.questions(this.message.id, members), 200, NOTHING);
	}

	@Override
	public void error(RpcError error) {
		complete(error.toBytes(this.message.id), error.status(), NOTHING);
	}

	private void complete(Bytes body, int status, Runnable over) {
		boolean alone;
		SentEvents opened;
		synchronized (this) {
			alone = this.done;
			opened = this.stream;
			if (!alone) {
				this.whenWritten = over;
				if (opened != null) {
					add(RpcWriter.event(body));
					opened.complete();
				}
				end();
			}
		}
		if (alone) {
			over.run();
		}
		else if (opened != null) {
			opened.send();
		}
		else {
			this.sink.success(McpAnswer.json(status, body).whenOver(this::written));
		}
	}

	/** The web server has written the response, or its connection is gone. */
	private void written() {
		Runnable over;
		synchronized (this) {
			over = this.whenWritten;
			this.whenWritten = NOTHING;
		}
		over.run();
	}

}
