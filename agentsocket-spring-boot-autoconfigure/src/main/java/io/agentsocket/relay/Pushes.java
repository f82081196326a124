package io.agentsocket.relay;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Applies what functions push, once it is known who they are. Thread-safe. Implements
 * section 10 of {@code docs/function-protocol.md}.
 */
final class Pushes {

	/** The attribute with the keys of pushes that were accepted lately, as JSON. */
	private static final String KEYS = "agentsocket.functions.pushes";

	/** Keys that are kept: of more the oldest are forgotten. */
	private static final int MAX_KEYS = 256;

	private static final Duration KEY_TTL = Duration.ofMinutes(15);

	private static final int GONE = 410;

	private final Callbacks callbacks;

	private final ReachableSessions sessions;

	private final Announcers announcers;

	private final Codec json;

	/**
	 * Create pushes.
	 * @param announcers finds who announces the actions of a function
	 */
	Pushes(Callbacks callbacks, ReachableSessions sessions, Announcers announcers, Codec json) {
		this.callbacks = callbacks;
		this.sessions = sessions;
		this.announcers = announcers;
		this.json = json;
	}

	/** Finds functions by their names. */
	@FunctionalInterface
	interface Announcers {

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
			parts = this.callbacks.reader().read(head, body, RequestBodies.MAX_BODY);
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
					apply(grant, head, body, parts, session, announcements)))
			.defaultIfEmpty(PushAnswer.refused(GONE, "The session has ended"))
			.onErrorResume((error) -> Mono.just(refusal(error)));
	}

	private static PushAnswer refusal(Throwable error) {
		if (error instanceof FunctionFailure failure) {
			return PushAnswer.refused(OpenInvocations.BAD_REQUEST, failure.reason());
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
		return PushAnswer.refused(Callbacks.UNAVAILABLE, "The session is out of reach");
	}

	private Mono<PushAnswer> apply(CallbackTokens.Grant grant, AnswerHead head, Bytes body, List<AnswerPart> parts,
			ReachableSessions.Reached session, Announcements announcements) {
		boolean ofInvocation = parts.stream().anyMatch((part) -> {
			String scope = PushReader.scope(part);
			return scope.equals("items") || scope.equals("interrupt");
		});
		Mono<PushAnswer> accepted = Mono.fromSupplier(() -> new PushAnswer(OpenInvocations.ACCEPTED,
				session.session().isConnected() ? "live" : "queued", null));
		if (ofInvocation) {
			return this.callbacks.push(grant, head, body, parts)
				.flatMap((status) -> (status == OpenInvocations.ACCEPTED) ? accepted
						: Mono.just(PushAnswer.refused(status, text(status))));
		}
		return Flux.fromIterable(parts).concatMap((part) -> applied(part, session, announcements)).then(accepted);
	}

	private static String text(int status) {
		return switch (status) {
			case OpenInvocations.CONFLICT -> "The invocation has ended, or is not detached";
			case OpenInvocations.TOO_MANY -> "Too much waits for the agent";
			case Callbacks.UNAVAILABLE -> "The pod of the invocation does not answer";
			default -> "An operation does not fit the action";
		};
	}

	private static Mono<Void> applied(AnswerPart part, ReachableSessions.Reached session, Announcements announcements) {
		if (part instanceof AnswerPart.Event event) {
			return session.sendEvent(event.name(), event.payload());
		}
		return Mono.fromRunnable(() -> {
			if (part instanceof AnswerPart.Define define) {
				announcements.announce(session.actions(), define.descriptor());
			}
			else if (part instanceof AnswerPart.Withdraw withdraw) {
				announcements.withdraw(session.actions(), withdraw.name());
			}
		});
	}

	/** Applies a push unless one with its key was accepted before. */
	private Mono<PushAnswer> once(AgentSession session, CallbackTokens.Grant grant, @Nullable String key,
			Mono<PushAnswer> apply) {
		if (key == null) {
			return apply;
		}
		String id = grant.invocation() + " " + key;
		return remember(session, id)
			.flatMap((isNew) -> isNew
					? apply
						.flatMap((answer) -> answer.isAccepted() ? Mono.just(answer)
								: forget(session, id).thenReturn(answer))
						.onErrorResume((error) -> forget(session, id).then(Mono.error(error)))
					: Mono.fromSupplier(() -> new PushAnswer(OpenInvocations.ACCEPTED,
							session.isConnected() ? "live" : "queued", null)));
	}

	private Mono<Boolean> remember(AgentSession session, String id) {
		AtomicBoolean added = new AtomicBoolean();
		return change(session, (keys) -> {
			boolean isNew = !keys.containsKey(id);
			added.set(isNew);
			if (isNew) {
				keys.put(id, Instant.now().plus(KEY_TTL).getEpochSecond());
			}
		}).then(Mono.fromSupplier(added::get));
	}

	private Mono<Void> forget(AgentSession session, String id) {
		return change(session, (keys) -> keys.remove(id));
	}

	private Mono<Void> change(AgentSession session, java.util.function.Consumer<Map<String, Object>> change) {
		UnaryOperator<@Nullable String> update = (present) -> {
			Map<String, Object> keys = new LinkedHashMap<>();
			long now = Instant.now().getEpochSecond();
			if (present != null) {
				this.json.decodeMap(Bytes.utf8(present)).forEach((key, expiry) -> {
					if (Payloads.integer(expiry, 0) > now) {
						keys.put(key, expiry);
					}
				});
			}
			change.accept(keys);
			while (keys.size() > MAX_KEYS) {
				keys.remove(keys.keySet().iterator().next());
			}
			return this.json.encodeMap(keys).toUtf8();
		};
		return Mono.defer(() -> session.updateAttribute(KEYS, String.class, update)).then();
	}

}
