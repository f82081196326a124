package io.agentsocket.mcp;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.DirectCalls;
import io.agentsocket.server.PodMail;
import io.agentsocket.server.bounds.SessionBounds;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The requests that came to this pod, and whose calls are parked in others: they are
 * carried there, and what comes back is given to their clients. When the pod of a call
 * dies, its request ends with an error at once. Thread-safe.
 */
final class CarriedRequests {

	private static final Log logger = PrintableLog.of(CarriedRequests.class);

	/**
	 * Time within which the pod of a call has taken the request: it needs milliseconds,
	 * and when it is dead that is known sooner.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(15);

	/** Looks in which a pod is missing that was never seen, before it counts as dead. */
	private static final int LOOKS = 2;

	/** Messages after which the pod of a call is told that its client takes them. */
	private static final int TELL = 8;

	private final DirectCalls server;

	private final Duration limit;

	private final Shares places;

	private final AtomicLong numbers = new AtomicLong();

	private final Map<Long, Carried> requests = new ConcurrentHashMap<>();

	private final LongAdder carried = new LongAdder();

	private final LongAdder lost = new LongAdder();

	/**
	 * Create requests.
	 * @param server gives bounds and mail
	 * @param limit time after which each call has ended
	 * @param max requests at a time
	 */
	CarriedRequests(DirectCalls server, Duration limit, int max) {
		this.server = server;
		this.limit = limit;
		this.places = new Shares(max);
	}

	/** Requests that were carried since the start. */
	long carried() {
		return this.carried.sum();
	}

	/** Requests whose calls were lost with their pods, since the start. */
	long lost() {
		return this.lost.sum();
	}

	/** Whether a call may be parked in another pod. */
	boolean isElsewhere(String pod) {
		PodMail mail = this.server.mail();
		return mail.isLinked() && !pod.equals(mail.pod());
	}

	/**
	 * Carry a request to the pod of its call.
	 * @param state the state that the client has brought, which only that pod can verify
	 * @param tool name of the action that the request names
	 * @param message the request
	 * @param session who calls
	 * @param reply takes what comes back
	 */
	void carry(RequestStates.State state, String tool, RpcMessage message, McpSession session, Reply reply) {
		PodMail mail = this.server.mail();
		if (mail.isGone(state.pod())) {
			count(state.pod());
			reply.result(gone());
			return;
		}
		SessionBounds bounds;
		try {
			bounds = this.server.admit(session.principal(), session.address(), tool, message.inputResponses.length());
		}
		catch (ActionException ex) {
			reply.result(CallResult.failure(ex));
			return;
		}
		String caller = session.caller();
		if (!this.places.enter(caller)) {
			bounds.turned(0, 0);
			bounds.close();
			reply.result(CallResult.failure(
					new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many answers go to other pods").retryable()
						.notRun()));
			return;
		}
		this.carried.increment();
		Carried request = new Carried(state.pod(), caller, reply, bounds);
		RetryMail.Resume resume = new RetryMail.Resume(request.number, Bytes.of(state.bytes()), tool,
				session.principalName(), !message.meta.progressToken.isEmpty(), message.inputResponses);
		this.requests.put(request.number, request);
		request.begin();
		send(state.pod(), resume).subscribe(null, (error) -> {
			logger.warn("The pod of a parked call is not reached", error);
			request.fail(new ActionException(ErrorCode.UNAVAILABLE, "The pod where the call is parked is not reached"));
		});
		message.arguments = Bytes.EMPTY;
		message.settle();
		mail.suspect(state.pod());
		reply.await();
	}

	private Mono<Void> send(String pod, RetryMail message) {
		return this.server.mail().send(pod, PodMail.Part.MCP, message.toBytes());
	}

	private void post(String pod, RetryMail message) {
		send(pod, message).retryWhen(RetryMail.AGAIN)
			.subscribe(null, (error) -> logger.debug("A message to the pod of a call is lost", error));
	}

	private void count(String pod) {
		this.lost.increment();
		logger.warn("The answers to a question were not delivered: pod " + pod + ", where the call was parked, is"
				+ " gone");
	}

	private static Bytes gone() {
		return loss("The pod where the call was parked is gone");
	}

	private static Bytes loss(String text) {
		return CallResult.failure(new ActionException(ErrorCode.LOST, text).mayHaveRun());
	}

	/**
	 * Take what the pod of a call says.
	 * @param pod its name
	 * @param message the message
	 */
	void receive(String pod, RetryMail message) {
		Carried request = this.requests.get(message.number());
		if (request == null || !request.pod.equals(pod)) {
			if (message instanceof RetryMail.Accepted || message instanceof RetryMail.Told) {
				// Its client has left meanwhile.
				post(pod, new RetryMail.Left(message.number()));
			}
			return;
		}
		request.hear(message);
	}

	/** The pods that are there. */
	void look(Set<String> pods) {
		PodMail mail = this.server.mail();
		for (Carried request : this.requests.values()) {
			if (!request.home.equals(mail.pod())) {
				request.loseHome();
			}
			else if (pods.contains(request.pod)) {
				request.seen = true;
				request.misses = 0;
			}
			else if (mail.isGone(request.pod) || ++request.misses >= LOOKS) {
				request.losePod();
			}
		}
	}

	/** End all requests: the server closes. */
	void close(String reason) {
		this.requests.values().forEach((request) -> request.fail(new ActionException(ErrorCode.UNAVAILABLE, reason)));
	}

	/** A request whose call is parked in another pod. */
	private final class Carried {

		private final long number = CarriedRequests.this.numbers.incrementAndGet();

		/** Name of this pod, under which that of the call knows the request. */
		private final String home = CarriedRequests.this.server.mail().pod();

		private final String pod;

		private final @Nullable String caller;

		private final Reply reply;

		private final SessionBounds bounds;

		/** Looks in which its pod was missing; confined to the looks. */
		private int misses;

		/** Whether its pod has been there; confined to the looks. */
		private boolean seen;

		private @Nullable Disposable timer;

		private boolean accepted;

		private boolean ended;

		private int heard;

		private int told;

		Carried(String pod, @Nullable String caller, Reply reply, SessionBounds bounds) {
			this.pod = pod;
			this.caller = caller;
			this.seen = CarriedRequests.this.server.mail().isAlive(pod);
			this.reply = reply;
			this.bounds = bounds;
		}

		void begin() {
			this.reply.onRoom(() -> tell(1));
			this.reply.onCancel(this::left);
			synchronized (this) {
				if (!this.ended) {
					this.timer = Schedulers.parallel()
						.schedule(this::unanswered, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
				}
			}
		}

		/** A pod that lives has not taken the request, and shall not do so any more. */
		private void unanswered() {
			fail(new ActionException(ErrorCode.UNAVAILABLE, "The pod where the call is parked does not answer"));
		}

		private void expire() {
			fail(new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed"));
		}

		void hear(RetryMail message) {
			if (message instanceof RetryMail.Accepted) {
				accept();
			}
			else if (message instanceof RetryMail.Told progress) {
				progress(progress);
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

		private synchronized void accept() {
			if (!this.ended && !this.accepted) {
				this.accepted = true;
				if (this.timer != null) {
					this.timer.dispose();
				}
				this.timer = Schedulers.parallel()
					.schedule(this::expire, CarriedRequests.this.limit.toMillis(), TimeUnit.MILLISECONDS);
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
			post(this.pod, new RetryMail.Taken(this.number, count));
		}

		/** The client has closed the response. */
		private void left() {
			if (end()) {
				post(this.pod, new RetryMail.Left(this.number));
				close();
			}
		}

		/** The pod of the call is dead. */
		void losePod() {
			if (!end()) {
				return;
			}
			if (this.seen) {
				count(this.pod);
			}
			else {
				// It may never have been: a client can name any pod.
				logger.debug("The answers to a question were not delivered: there is no pod " + this.pod);
			}
			this.reply.result(gone(), this::close);
		}

		/**
		 * The others have declared this pod dead, and what it had asked for has ended.
		 */
		void loseHome() {
			if (end()) {
				CarriedRequests.this.lost.increment();
				// It is known there under the present name when it was sent in this
				// moment.
				post(this.pod, new RetryMail.Left(this.number));
				this.reply.result(loss("The pod where the call was parked has given it up"), this::close);
			}
		}

		void fail(ActionException error) {
			if (end()) {
				post(this.pod, new RetryMail.Left(this.number));
				this.reply.result(CallResult.failure(error.mayHaveRun()), this::close);
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
			CarriedRequests.this.requests.remove(this.number);
			CarriedRequests.this.places.leave(this.caller);
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

	}

}
