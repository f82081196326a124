package io.agentsocket.mcp;

import java.util.function.Function;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The way back to a request that came to another pod, which gives to the client what it
 * is sent. Thread-safe.
 */
final class MailedReply implements Reply {

	/**
	 * Messages on their way beyond which no item is asked for: with the items that are
	 * asked for already, the other pod gets no more at once than it takes.
	 */
	private static final int FULL = 16;

	private static final Log logger = PrintableLog.of(MailedReply.class);

	private static final SeldomWarning UNDELIVERED = new SeldomWarning(logger);

	private final long number;

	private final boolean wantsProgress;

	private final Function<RetryMail, Mono<Void>> mail;

	private final Runnable ended;

	private boolean done;

	private int sent;

	private int taken;

	private final CallerDeparture departure = new CallerDeparture();

	private volatile Runnable room = () -> {
	};

	/**
	 * Create a reply.
	 * @param resume the request
	 * @param mail sends a message to the pod of the client
	 * @param ended runs when nothing more is sent, and all was handed over
	 */
	MailedReply(RetryMail.Resume resume, Function<RetryMail, Mono<Void>> mail, Runnable ended) {
		this.number = resume.number();
		this.wantsProgress = resume.progress();
		this.mail = mail;
		this.ended = ended;
	}

	@Override
	public Revision revision() {
		return Revision.STATELESS;
	}

	/** The pod of the client has looked. */
	@Override
	public boolean takesForms() {
		return true;
	}

	@Override
	public void onCancel(Runnable cancelled) {
		this.departure.onGone(cancelled);
	}

	@Override
	public void onRoom(Runnable room) {
		this.room = room;
	}

	/** The pod of the client keeps the response open. */
	@Override
	public void await() {
	}

	@Override
	public void takesLong() {
	}

	@Override
	public boolean progress(double progress, @Nullable Double total, @Nullable Bytes text) {
		if (!this.wantsProgress || !Double.isFinite(progress)) {
			return true;
		}
		boolean free;
		synchronized (this) {
			int waiting = this.sent - this.taken;
			free = waiting + 1 < FULL;
			if (this.done || waiting >= FULL * 2) {
				return free;
			}
			tell(++this.sent, progress, total, text);
		}
		return free;
	}

	/**
	 * Called in the order in which messages are to arrive. A message that is lost is not
	 * waited for: what comes later tells more.
	 */
	private void tell(int count, double progress, @Nullable Double total, @Nullable Bytes text) {
		Mono.defer(() -> this.mail.apply(new RetryMail.Told(this.number, count, progress, total, text)))
			.subscribe(null, (error) -> {
				logger.debug("A message to the pod of a client is lost", error);
				// Not here: the lock may be held.
				Schedulers.parallel().schedule(() -> taken(count));
			});
	}

	/** The client has taken messages, or they are lost. */
	void taken(int count) {
		boolean free;
		synchronized (this) {
			int waiting = this.sent - this.taken;
			this.taken = Math.min(this.sent, Math.max(this.taken, count));
			free = waiting >= FULL && this.sent - this.taken < FULL;
		}
		if (free) {
			this.room.run();
		}
	}

	/** The client has closed the response, or its pod is dead. */
	void gone() {
		synchronized (this) {
			if (this.done) {
				return;
			}
			this.done = true;
		}
		this.ended.run();
		this.departure.gone();
	}

	@Override
	public void result(Bytes members, Runnable over) {
		complete(new RetryMail.Result(this.number, members), over);
	}

	@Override
	public void questions(Bytes members) {
		complete(new RetryMail.Questions(this.number, members), () -> {
		});
	}

	@Override
	public void error(RpcError error) {
		complete(new RetryMail.Refused(this.number, error), () -> {
		});
	}

	private void complete(RetryMail last, Runnable over) {
		boolean late;
		synchronized (this) {
			late = this.done;
			this.done = true;
		}
		if (late) {
			over.run();
		}
		else {
			// Behind all progress: that is sent under the lock, and no more of it now.
			send(last, over);
		}
	}

	/**
	 * Nothing is sent behind it, so that it may come late. A pod that leaves waits until
	 * it was handed over.
	 */
	private void send(RetryMail last, Runnable over) {
		Mono.defer(() -> this.mail.apply(last)).retryWhen(RetryMail.AGAIN).doFinally((signal) -> {
			this.ended.run();
			over.run();
		})
			.subscribe(null,
					(error) -> UNDELIVERED.warn("The end of a call is not delivered to the pod of its client", error));
	}

}
