package io.agentsocket.relay.push;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.Payloads;
import io.agentsocket.relay.answer.PushReader;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Applies the pushes of functions, once these are authenticated. Thread-safe. Implements
 * section 10 of {@code docs/function-protocol.md}.
 */
public final class Pushes {

	private static final Log logger = PrintableLog.of(Pushes.class);

	private static final int GONE = 410;

	private final Callbacks callbacks;

	private final ReachableSessions sessions;

	private final Announcers announcers;

	private final PushKeys keys;

	/**
	 * Create pushes.
	 * @param announcers finds the announcer of the actions of a function
	 */
	public Pushes(Callbacks callbacks, ReachableSessions sessions, Announcers announcers, Codec json, Scheduler timer) {
		this.callbacks = callbacks;
		this.sessions = sessions;
		this.announcers = announcers;
		this.keys = new PushKeys(json, callbacks.pods().channel(), timer);
	}

	/** Finds functions by their names. */
	@FunctionalInterface
	public interface Announcers {

		/** The announcements of a function; null when there is no such function. */
		@Nullable Announcements find(String function);

	}

	/**
	 * Accept a push or refuse it.
	 * @param grant the rights of its token
	 * @param head the head, of which the media type counts
	 * @param body the body
	 * @param key its idempotency key, or {@code null}
	 */
	Mono<PushAnswer> accept(CallbackTokens.Grant grant, AnswerHead head, Bytes body, @Nullable String key) {
		Announcements announcements = this.announcers.find(grant.function());
		if (announcements == null) {
			return Mono.just(PushAnswer.refused(404, "There is no such function any more"));
		}
		List<AnswerPart> parts;
		try {
			parts = this.callbacks.reader().read(head, body, PushReader.MAX_BODY);
		}
		catch (FunctionFailure ex) {
			boolean large = ex.error().errorCode() == ErrorCode.TOO_LARGE;
			return Mono
				.just(PushAnswer.refused(large ? OpenInvocations.TOO_LARGE : OpenInvocations.BAD_REQUEST, ex.reason()));
		}
		for (AnswerPart part : parts) {
			if (!grant.scopes().contains(PushReader.scope(part))) {
				return Mono.just(PushAnswer.refused(403, "The token lacks the scope " + PushReader.scope(part)));
			}
		}
		return this.sessions.find(grant.session())
			.flatMap((session) -> once(session.session(), grant, key,
					(applied) -> apply(grant, head, body, parts, key, session, announcements, applied)))
			.defaultIfEmpty(PushAnswer.refused(GONE, "The session has ended"))
			.onErrorResume((error) -> Mono.just(refusal(error)));
	}

	private static PushAnswer refusal(Throwable error) {
		if (error instanceof FunctionFailure failure) {
			boolean large = failure.error().errorCode() == ErrorCode.TOO_LARGE;
			return PushAnswer.refused(large ? OpenInvocations.TOO_LARGE : OpenInvocations.BAD_REQUEST,
					failure.reason());
		}
		if (error instanceof IllegalArgumentException || error instanceof CodecException) {
			return PushAnswer.refused(OpenInvocations.BAD_REQUEST, "The agent does not take such an event");
		}
		ErrorCode code = (error instanceof ActionException exception) ? exception.errorCode() : null;
		if (code == ErrorCode.RESOURCE_EXHAUSTED) {
			return PushAnswer.refused(OpenInvocations.TOO_MANY, "Too much waits for the agent");
		}
		if (code == ErrorCode.FAILED_PRECONDITION) {
			return PushAnswer.refused(GONE, "The session has ended");
		}
		if (code == ErrorCode.TOO_LARGE) {
			return PushAnswer.refused(OpenInvocations.TOO_LARGE, "It is larger than the agent accepts");
		}
		return PushAnswer.refused(PodCalls.UNAVAILABLE, "The session is out of reach");
	}

	private Mono<PushAnswer> apply(CallbackTokens.Grant grant, AnswerHead head, Bytes body, List<AnswerPart> parts,
			@Nullable String key, ReachableSessions.Reached session, Announcements announcements,
			AtomicInteger applied) {
		boolean ofInvocation = parts.stream().anyMatch((part) -> {
			String scope = PushReader.scope(part);
			return scope.equals("items") || scope.equals("interrupt");
		});
		Mono<PushAnswer> accepted = Mono.fromSupplier(() -> accepted(session.session()));
		Mono<PushAnswer> work = ofInvocation
				? this.callbacks.push(grant, head, body, parts, key)
					.flatMap((status) -> (status == OpenInvocations.ACCEPTED) ? accepted
							: Mono.just(PushAnswer.refused(status, text(status))))
				: Flux.fromIterable(parts)
					.skip(applied.get())
					.concatMap((part) -> applied(part, session, announcements)
						.then(Mono.fromRunnable(applied::incrementAndGet)))
					.then(accepted);
		return check(parts, session, announcements).then(work);
	}

	private static PushAnswer accepted(AgentSession session) {
		return new PushAnswer(OpenInvocations.ACCEPTED, session.isConnected() ? "live" : "queued", null);
	}

	/** Checks all operations before the first is applied. */
	private static Mono<Void> check(List<AnswerPart> parts, ReachableSessions.Reached session,
			Announcements announcements) {
		for (AnswerPart part : parts) {
			if (part instanceof AnswerPart.Event event) {
				session.checkEvent(event.name(), event.payload());
			}
		}
		return announcements.check(target(session), Announcements.descriptors(parts));
	}

	private static String text(int status) {
		return switch (status) {
			case OpenInvocations.CONFLICT -> "The invocation has ended, or is not detached";
			case OpenInvocations.TOO_MANY -> "Too much waits for the agent";
			case PodCalls.UNAVAILABLE -> "The pod of the invocation does not answer";
			default -> "An operation does not fit the action";
		};
	}

	private static Mono<Void> applied(AnswerPart part, ReachableSessions.Reached session, Announcements announcements) {
		if (part instanceof AnswerPart.Event event) {
			return session.sendEvent(event.name(), event.payload());
		}
		if (part instanceof AnswerPart.Define define) {
			return announcements.announce(target(session), define.descriptor());
		}
		return (part instanceof AnswerPart.Withdraw withdraw) ? announcements.withdraw(target(session), withdraw.name())
				: Mono.empty();
	}

	private static Announcements.Target target(ReachableSessions.Reached session) {
		return new Announcements.Target(session.session(), session::actions);
	}

	/** Changes the actions of a session for another pod. */
	public Mono<Integer> change(Map<String, Object> request) {
		Announcements announcements = this.announcers.find(String.valueOf(request.get("function")));
		Map<String, Object> descriptor = Payloads.object(request.get("define"));
		if (announcements == null) {
			return Mono.just(OpenInvocations.BAD_REQUEST);
		}
		return this.sessions.find(String.valueOf(request.get("session")))
			.flatMap((session) -> ((descriptor != null) ? announcements.announce(target(session), descriptor)
					: announcements.withdraw(target(session), String.valueOf(request.get("withdraw"))))
				.thenReturn(OpenInvocations.ACCEPTED))
			.defaultIfEmpty(GONE)
			.onErrorResume(FunctionFailure.class, (error) -> Mono.just(OpenInvocations.BAD_REQUEST));
	}

	/**
	 * Applies a push unless one with its key was accepted before, and remembers how it
	 * ended. A function that hangs up meanwhile does not leave it half applied.
	 */
	private Mono<PushAnswer> once(AgentSession session, CallbackTokens.Grant grant, @Nullable String key,
			Function<AtomicInteger, Mono<PushAnswer>> apply) {
		if (key == null) {
			return toTheEnd(Mono.defer(() -> apply.apply(new AtomicInteger())));
		}
		String id = grant.invocation() + " " + key;
		return toTheEnd(this.keys.take(session, id).flatMap((before) -> {
			if (before == PushKeys.ACCEPTED) {
				return Mono.just(accepted(session));
			}
			if (before == PushKeys.UNDER_WAY) {
				return Mono.just(PushAnswer.refused(PodCalls.UNAVAILABLE, "A push with this key is under way"));
			}
			AtomicInteger applied = new AtomicInteger(before);
			return this.keys.hold(session, id,
					Mono.defer(() -> apply.apply(applied))
						.flatMap((answer) -> ended(session, id, answer.isAccepted(), applied.get()).thenReturn(answer))
						.onErrorResume((error) -> ended(session, id, false, applied.get()).then(Mono.error(error))));
		}));
	}

	private Mono<Void> ended(AgentSession session, String id, boolean accepted, int applied) {
		Mono<Void> remembered = accepted ? this.keys.accepted(session, id) : this.keys.failed(session, id, applied);
		return remembered.onErrorResume((error) -> {
			logger.debug("How a push has ended was not stored", error);
			return Mono.empty();
		});
	}

	/**
	 * Goes on when the subscriber cancels: each step of a push has a limit of its own.
	 */
	private static <T> Mono<T> toTheEnd(Mono<T> work) {
		return Mono.defer(() -> Mono.fromFuture(work.toFuture(), true));
	}

}
