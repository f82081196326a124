package io.agentsocket.mcp;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.bounds.SessionBounds;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A request whose call is parked in another pod. First that pod says whether it has
 * written the state; then the request takes a place of its caller and is carried there.
 * Thread-safe.
 */
final class CarriedRequest {

	private static final Log logger = PrintableLog.of(CarriedRequest.class);

	private static final SeldomWarning UNREACHED = new SeldomWarning(logger);

	/**
	 * Time within which the pod of a call has taken the request: it needs milliseconds,
	 * and when it is dead that is known sooner.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(15);

	/** Looks in which a pod is missing that was never seen, before it counts as dead. */
	private static final int LOOKS = 2;

	/** Messages after which the pod of a call is told that its client takes them. */
	private static final int TELL = 8;

	/** Has all requests. */
	interface Host {

		/** The name of this pod. */
		String pod();

		/** Time after which each call has ended. */
		Duration limit();

		/** The places of requests that go to other pods. */
		Shares places();

		/** Sends a message to the pod of a call. */
		Mono<Void> send(String pod, RetryMail message);

		/** Sends a message again until it was handed over. */
		void post(String pod, RetryMail message);

		/** The request goes to the pod of its call. */
		void carries();

		/**
		 * The call was lost.
		 * @param reason sentence that says why, for the log
		 */
		void loses(String reason);

		/** Nothing is heard of the request any more. */
		void ends(CarriedRequest request);

	}

	private final Host host;

	/** Name of this pod, under which that of the call knows the request. */
	private final String home;

	private final String pod;

	private final @Nullable String caller;

	private final Reply reply;

	private final SessionBounds bounds;

	private final RetryMail.Resume resume;

	/** Where it has a place as long as nobody knows whether its state is a real one. */
	private final Shares asked;

	/** Looks in which its pod was missing; confined to the looks. */
	private int misses;

	/** Whether its pod has been there; confined to the looks. */
	private boolean seen;

	private @Nullable Disposable timer;

	/**
	 * Whether the pod of the call may have gone on with it. From then on it has a place
	 * of its caller.
	 */
	private boolean carried;

	private boolean accepted;

	private boolean ended;

	private int heard;

	private int told;

	/**
	 * Create a request.
	 * @param host has all requests
	 * @param pod name of the pod of the call
	 * @param seen whether that pod is there
	 * @param caller the caller, as it is counted, or {@code null}
	 * @param reply takes the reply
	 * @param bounds the part of the request in the bounds
	 * @param resume the request as it is carried
	 * @param asked where it has a place until it is known whether its state is a real one
	 */
	CarriedRequest(Host host, String pod, boolean seen, @Nullable String caller, Reply reply, SessionBounds bounds,
			RetryMail.Resume resume, Shares asked) {
		this.host = host;
		this.home = host.pod();
		this.pod = pod;
		this.seen = seen;
		this.caller = caller;
		this.reply = reply;
		this.bounds = bounds;
		this.resume = resume;
		this.asked = asked;
	}

	/** The number by which the pod of the call knows it. */
	long number() {
		return this.resume.number();
	}

	/** Asks the pod of the call for its state. */
	void begin() {
		this.reply.onRoom(() -> tell(1));
		this.reply.onCancel(this::left);
		synchronized (this) {
			if (this.ended) {
				return;
			}
			this.timer = Schedulers.parallel().schedule(this::unanswered, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
		}
		send(new RetryMail.Check(number(), this.resume.state(), this.resume.tool(), this.resume.principal()));
	}

	private void send(RetryMail message) {
		this.host.send(this.pod, message).subscribe(null, (error) -> {
			UNREACHED.warn("The pod of a parked call is not reached", error);
			fail(new ActionException(ErrorCode.UNAVAILABLE, "The pod where the call is parked is not reached"));
		});
	}

	/** A pod that lives has not taken the request, and shall not do so any more. */
	private void unanswered() {
		fail(new ActionException(ErrorCode.UNAVAILABLE, "The pod where the call is parked does not answer"));
	}

	private void expire() {
		fail(new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed"));
	}

	/** Whether its call is parked in a pod. */
	boolean isCarriedTo(String name) {
		return this.pod.equals(name);
	}

	/** Takes a message of the pod of the call. */
	void hear(RetryMail message) {
		if (message instanceof RetryMail.Genuine) {
			carry();
		}
		else if (message instanceof RetryMail.Accepted) {
			accept();
		}
		else if (message instanceof RetryMail.Told progress) {
			progress(progress);
		}
		else if (message instanceof RetryMail.Foreign) {
			fail(new ActionException(ErrorCode.UNAVAILABLE,
					"The pod where the call is parked runs another version of the application"));
		}
		else if (!end()) {
			return;
		}
		else if (message instanceof RetryMail.Result result) {
			holds(result.members());
			this.reply.result(result.members(), this::close);
		}
		else if (message instanceof RetryMail.Questions questions) {
			this.reply.questions(questions.members());
			close();
		}
		else if (message instanceof RetryMail.Refused refused) {
			this.reply.error(refused.error());
			close();
		}
	}

	/** The state is one of that pod. */
	private void carry() {
		boolean free;
		synchronized (this) {
			if (this.ended || this.carried) {
				return;
			}
			free = this.host.places().enter(this.caller);
			this.carried = free;
		}
		if (!free) {
			fail(tooMany());
			return;
		}
		this.asked.leave(this.caller);
		this.host.carries();
		send(this.resume);
		if (isEnded()) {
			// The client has left in this moment: that may have been told too early.
			tellLeft();
		}
	}

	private synchronized boolean isEnded() {
		return this.ended;
	}

	private synchronized boolean isCarried() {
		return this.carried;
	}

	private synchronized void accept() {
		if (!this.ended && this.carried && !this.accepted) {
			this.accepted = true;
			if (this.timer != null) {
				this.timer.dispose();
			}
			this.timer = Schedulers.parallel()
				.schedule(this::expire, this.host.limit().toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	private void progress(RetryMail.Told progress) {
		synchronized (this) {
			this.heard = Math.max(this.heard, progress.count());
		}
		if (this.reply.progress(progress.done(), progress.total(), progress.text())) {
			tell(TELL);
		}
	}

	/** Lets the pod of the call send more, when there are so many to tell of. */
	private void tell(int least) {
		int count;
		synchronized (this) {
			count = this.heard;
			if (this.ended || count - this.told < least) {
				return;
			}
			this.told = count;
		}
		this.host.post(this.pod, new RetryMail.Taken(number(), count));
	}

	/** The client has closed the response. */
	private void left() {
		if (end()) {
			tellLeft();
			close();
		}
	}

	/** Has no meaning for a pod that was only asked for the state. */
	private void tellLeft() {
		if (isCarried()) {
			this.host.post(this.pod, new RetryMail.Left(number()));
		}
	}

	/**
	 * Look which pods are there.
	 * @param present name of this pod, which is another one when the others had declared
	 * it dead
	 * @param pods the pods that are there
	 * @param gone tells which pods were there and are dead
	 */
	void look(String present, Set<String> pods, Predicate<String> gone) {
		if (!this.home.equals(present)) {
			loseHome();
		}
		else if (pods.contains(this.pod)) {
			this.seen = true;
			this.misses = 0;
		}
		else if (gone.test(this.pod) || ++this.misses >= LOOKS) {
			losePod();
		}
	}

	/** The pod of the call is dead. */
	private void losePod() {
		if (!end()) {
			return;
		}
		if (this.seen) {
			this.host.loses(away(this.pod));
		}
		else {
			// It may never have been: a client can name any pod.
			logger.debug("The answers to a question were not delivered: there is no pod " + this.pod);
		}
		this.reply.result(gone(), this::close);
	}

	/** The others have declared this pod dead, and its requests have ended. */
	private void loseHome() {
		if (end()) {
			this.host.loses("The answers to a question are not delivered: the other pods have declared this one dead");
			// It is known there under the present name when it was sent in this moment.
			tellLeft();
			this.reply.result(loss("The pod where the call was parked has given it up"), this::close);
		}
	}

	/** End it with an error. */
	void fail(ActionException error) {
		boolean running = isCarried();
		if (end()) {
			tellLeft();
			this.reply.result(CallResult.failure(running ? error.mayHaveRun() : error.notRun()), this::close);
		}
	}

	/** Nothing of the pod is heard any more; returns whether it was until now. */
	private boolean end() {
		synchronized (this) {
			if (this.ended) {
				return false;
			}
			this.ended = true;
			if (this.timer != null) {
				this.timer.dispose();
			}
		}
		(isCarried() ? this.host.places() : this.asked).leave(this.caller);
		this.host.ends(this);
		return true;
	}

	private synchronized void holds(Bytes members) {
		this.bounds.turned(members.length(), 0);
	}

	/** Nothing is held for the client any more. */
	private synchronized void close() {
		this.bounds.turned(0, 0);
		this.bounds.close();
	}

	/** The line of the log when the pod of a call is dead. */
	static String away(String pod) {
		return "The answers to a question were not delivered: pod " + pod + ", where the call was parked, is gone";
	}

	/** The error of a request for which there is no place. */
	static ActionException tooMany() {
		return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many answers go to other pods").retryable();
	}

	/** The result of a call whose pod is dead. */
	static Bytes gone() {
		return loss("The pod where the call was parked is gone");
	}

	private static Bytes loss(String text) {
		return CallResult.failure(new ActionException(ErrorCode.LOST, text).mayHaveRun());
	}

}
