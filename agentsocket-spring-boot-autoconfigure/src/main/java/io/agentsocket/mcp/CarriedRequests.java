package io.agentsocket.mcp;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.DirectCalls;
import io.agentsocket.server.PodMail;
import io.agentsocket.server.bounds.SessionBounds;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;

/**
 * The requests that came to this pod, and whose calls are parked in others: they are
 * carried there, and the replies are given to their clients. When the pod of a call dies,
 * its request ends with an error at once. Thread-safe.
 */
final class CarriedRequests implements CarriedRequest.Host {

	private static final Log logger = PrintableLog.of(CarriedRequests.class);

	/** A pod that dies ends all requests that are for it, also later ones. */
	private final SeldomWarning losses = new SeldomWarning(logger);

	/**
	 * Requests whose states are asked about, for each one that may be carried: asking
	 * takes milliseconds, and somebody with states that are none shall not keep others
	 * from it.
	 */
	private static final int ASKED = 4;

	private final DirectCalls server;

	private final Duration limit;

	private final Shares places;

	/** Requests of which a pod that is there has not said yet whether they are real. */
	private final Shares asked;

	/**
	 * Requests for pods that nobody has seen: they wait for a look or two, and take no
	 * place from the others.
	 */
	private final Shares strangers;

	private final AtomicLong numbers = new AtomicLong();

	private final Map<Long, CarriedRequest> requests = new ConcurrentHashMap<>();

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
		this.asked = new Shares((int) Math.min(Integer.MAX_VALUE, (long) max * ASKED));
		this.strangers = new Shares(max);
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
	 * @param session the caller
	 * @param reply takes the reply
	 */
	void carry(RequestStates.State state, String tool, RpcMessage message, McpSession session, Reply reply) {
		PodMail mail = this.server.mail();
		if (mail.isGone(state.pod())) {
			// It counts though nobody can say any more whether that pod has written the
			// state: most such states are those of calls that died with it.
			loses(CarriedRequest.away(state.pod()));
			reply.result(CarriedRequest.gone());
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
		boolean seen = mail.isAlive(state.pod());
		Shares asking = seen ? this.asked : this.strangers;
		if (!asking.enter(caller)) {
			bounds.turned(0, 0);
			bounds.close();
			reply.result(CallResult.failure(CarriedRequest.tooMany().notRun()));
			return;
		}
		// Their length is what counts for the caller: the rest of the body is not kept.
		Bytes responses = message.inputResponses.detach();
		RetryMail.Resume resume = new RetryMail.Resume(this.numbers.incrementAndGet(), Bytes.of(state.bytes()), tool,
				session.principalName(), !message.meta.progressToken.isEmpty(), responses);
		CarriedRequest request = new CarriedRequest(this, state.pod(), seen, caller, reply, bounds, resume, asking);
		this.requests.put(request.number(), request);
		request.begin();
		message.arguments = Bytes.EMPTY;
		message.settle();
		mail.suspect(state.pod());
		reply.await();
	}

	@Override
	public String pod() {
		return this.server.mail().pod();
	}

	@Override
	public Duration limit() {
		return this.limit;
	}

	@Override
	public Shares places() {
		return this.places;
	}

	@Override
	public Mono<Void> send(String pod, RetryMail message) {
		return this.server.mail().send(pod, PodMail.Part.MCP, message.toBytes());
	}

	@Override
	public void post(String pod, RetryMail message) {
		send(pod, message).retryWhen(RetryMail.AGAIN)
			.subscribe(null, (error) -> logger.debug("A message to the pod of a call is lost", error));
	}

	@Override
	public void carries() {
		this.carried.increment();
	}

	@Override
	public void loses(String reason) {
		this.lost.increment();
		this.losses.warn(reason, reason);
	}

	@Override
	public void ends(CarriedRequest request) {
		this.requests.remove(request.number());
	}

	/** Whether no client waits for a call of another pod. */
	boolean isEmpty() {
		return this.requests.isEmpty();
	}

	/**
	 * Take a message of the pod of a call.
	 * @param pod its name
	 * @param message the message
	 */
	void receive(String pod, RetryMail message) {
		CarriedRequest request = this.requests.get(message.number());
		if (request != null && request.isCarriedTo(pod)) {
			request.hear(message);
		}
		else if (message instanceof RetryMail.Accepted || message instanceof RetryMail.Told) {
			// Its client has left meanwhile.
			post(pod, new RetryMail.Left(message.number()));
		}
	}

	/** The pods that are there. */
	void look(Set<String> pods) {
		PodMail mail = this.server.mail();
		this.requests.values().forEach((request) -> request.look(mail.pod(), pods, mail::isGone));
	}

	/** End all requests: the server closes. */
	void close(String reason) {
		this.requests.values().forEach((request) -> request.fail(new ActionException(ErrorCode.UNAVAILABLE, reason)));
	}

}
