package io.agentsocket.mcp;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.PodMail;
import org.apache.commons.logging.Log;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The mail of the endpoint: requests that other pods carry to this one, and what comes
 * back for those that this pod carries to others. Messages are handled one at a time and
 * in order, on no thread of the link. Thread-safe.
 */
final class RetryPost implements AutoCloseable {

	private static final Log logger = PrintableLog.of(RetryPost.class);

	private static final RpcError OTHER_VERSION = new RpcError(503, RpcError.UNAVAILABLE,
			"The pod where the call is parked runs another version of the application");

	private final PodMail mail;

	private final McpCalls calls;

	private final CarriedRequests requests;

	private final Map<Sender, MailedReply> replies = new ConcurrentHashMap<>();

	private final Scheduler.Worker worker = Schedulers.parallel().createWorker();

	private final Disposable.Composite subscriptions = Disposables.composite();

	/**
	 * Open the mail.
	 * @param mail the way to the other pods
	 * @param calls the calls of this pod
	 * @param requests the requests that this pod carries to others
	 */
	RetryPost(PodMail mail, McpCalls calls, CarriedRequests requests) {
		this.mail = mail;
		this.calls = calls;
		this.requests = requests;
		this.subscriptions.add(mail.onMessage(PodMail.Part.MCP,
				(from, message) -> this.worker.schedule(() -> receive(from, message))));
		this.subscriptions.add(mail.onLeave(this::isBusy));
		this.subscriptions.add(mail.onLook((pods) -> this.worker.schedule(() -> look(pods))));
	}

	private void receive(String from, Bytes bytes) {
		try {
			RetryMail message = RetryMail.read(bytes);
			Sender sender = new Sender(from, message.number(), this.mail.pod());
			MailedReply reply = this.replies.get(sender);
			if (message instanceof RetryMail.Check check) {
				answer(from, checked(check));
			}
			else if (message instanceof RetryMail.Resume resume) {
				resume(sender, resume);
			}
			else if (message instanceof RetryMail.Taken taken) {
				if (reply != null) {
					reply.taken(taken.count());
				}
			}
			else if (message instanceof RetryMail.Left
					|| message instanceof RetryMail.Foreign foreign && foreign.isLeft()) {
				if (reply != null) {
					reply.gone();
				}
			}
			else if (message instanceof RetryMail.Foreign foreign && foreign.isRequest()) {
				logger.debug("Pod " + from + " runs another version: its request is refused");
				answer(from, new RetryMail.Refused(message.number(), OTHER_VERSION));
			}
			else {
				this.requests.receive(from, message);
			}
		}
		catch (Throwable ex) {
			logger.warn("A message of another pod about a request cannot be handled", ex);
		}
	}

	/** Whether this pod has written a state, and its call waits. */
	private RetryMail checked(RetryMail.Check check) {
		try {
			this.calls.check(RequestStates.parse(check.state()), check.tool(), check.principal());
			return new RetryMail.Genuine(check.number());
		}
		catch (RpcError ex) {
			return new RetryMail.Refused(check.number(), ex);
		}
	}

	private void answer(String pod, RetryMail message) {
		this.mail.send(pod, PodMail.Part.MCP, message.toBytes())
			.retryWhen(RetryMail.AGAIN)
			.subscribe(null, (error) -> logger.debug("The pod of a client is not reached", error));
	}

	/**
	 * Whether a client waits for another pod, or a client of another pod for this one.
	 */
	private boolean isBusy() {
		return !this.replies.isEmpty() || !this.requests.isEmpty();
	}

	/** A request that another pod has carried here. */
	private void resume(Sender sender, RetryMail.Resume resume) {
		MailedReply reply = new MailedReply(resume,
				(message) -> this.mail.send(sender.pod(), PodMail.Part.MCP, message.toBytes()),
				() -> this.replies.remove(sender));
		this.replies.put(sender, reply);
		answer(sender.pod(), new RetryMail.Accepted(resume.number()));
		// The action goes on with its answers, on a thread that others do not wait for.
		Schedulers.parallel().schedule(() -> {
			try {
				this.calls.resume(RequestStates.parse(resume.state()), resume.tool(), resume.principal(),
						resume.responses(), reply);
			}
			catch (RpcError ex) {
				reply.error(ex);
			}
			catch (Throwable ex) {
				// An Error as well: the client waits for its answer.
				logger.error("A request that another pod has carried here has failed", ex);
				reply.error(new RpcError(500, RpcError.INTERNAL, "Internal error"));
			}
		});
	}

	private void look(Set<String> pods) {
		this.requests.look(pods);
		this.replies.forEach((sender, reply) -> {
			if (this.mail.isGone(sender.pod()) || !sender.home().equals(this.mail.pod())) {
				this.replies.remove(sender);
				reply.gone();
			}
		});
	}

	/** Nothing is received any more. */
	@Override
	public void close() {
		this.subscriptions.dispose();
		this.worker.dispose();
		this.replies.values().forEach(MailedReply::gone);
	}

	/**
	 * A request as its pod names it.
	 *
	 * @param pod name of the pod
	 * @param number number of the request there
	 * @param home name of this pod when it came: under another one it is not known there
	 */
	private record Sender(String pod, long number, String home) {
	}

}
