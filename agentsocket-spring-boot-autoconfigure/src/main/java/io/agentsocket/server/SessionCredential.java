package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.protocol.Varint;
import io.agentsocket.server.SessionTimers.Kind;
import io.agentsocket.session.Signalled;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The credential that the agent of a session has shown on its present connection: when it
 * expires the connection is closed, unless the agent renews it before. Runs in the peer's
 * loop. Implements sections 3.3 and 17.5 of {@code docs/protocol.md}.
 */
final class SessionCredential {

	private static final Log logger = PrintableLog.of(SessionCredential.class);

	/**
	 * Time that a connection lasts at least: who checks credentials forgives clocks that
	 * disagree, so that one may have expired already when it is shown.
	 */
	private static final Duration LEAST = Duration.ofSeconds(5);

	private final HostedSession session;

	private final ServerResources resources;

	private final SessionTimers timers;

	private @Nullable HelloConnection connection;

	/** To check a token may be work of others: an agent orders it once at a time. */
	private final AtomicBoolean renewing = new AtomicBoolean();

	SessionCredential(HostedSession session, ServerResources resources, SessionTimers timers) {
		this.session = session;
		this.resources = resources;
		this.timers = timers;
	}

	/**
	 * A connection is attached, or the agent has shown another credential.
	 * @return milliseconds until it expires, or -1 when it does not
	 */
	long shown(HelloConnection present) {
		this.connection = present;
		Principal principal = this.session.session().principal();
		Instant expires = (principal != null) ? this.resources.identities().expiresAt(principal) : null;
		// Not before: when that cannot be told, the end that is known stays.
		this.timers.cancel(Kind.CREDENTIAL);
		if (expires == null) {
			return -1;
		}
		Duration lasts = lasts(expires);
		ServerSettings settings = this.resources.settings();
		if (lasts.compareTo(settings.maxConnectionAge().multipliedBy(2).plus(settings.drainTimeout())) < 0) {
			// Otherwise the connection is closed before.
			this.timers.start(Kind.CREDENTIAL, lasts, this::expired);
		}
		return Varint.millis(lasts);
	}

	/** Time that a connection lasts whose credential expires. */
	static Duration lasts(Instant expires) {
		Duration left = Duration.between(Instant.now(), expires);
		return (left.isNegative() || left.isZero()) ? LEAST : left;
	}

	/** There is no connection any more. */
	void gone() {
		this.connection = null;
		this.timers.cancel(Kind.CREDENTIAL);
	}

	private void expired() {
		if (logger.isDebugEnabled()) {
			logger.debug("The credential of session " + this.session.state().id() + " has expired");
		}
		this.session.peer().close(CloseCode.UNAUTHENTICATED, "The credential has expired");
	}

	/**
	 * The agent shows another credential.
	 * @param token a token as in HELLO
	 * @return milliseconds until it expires, or -1 when it does not; fails without an
	 * effect when it is not valid or is somebody else's
	 */
	Mono<Long> renew(String token) {
		return Mono.deferContextual((context) -> {
			HelloConnection present = this.connection;
			if (present == null) {
				return Mono.error(moved());
			}
			if (!this.renewing.compareAndSet(false, true)) {
				return Mono.error(
						new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Another token is being checked").retryable()
							.notRun());
			}
			// Over before the agent hears of it, as it may show the next one at once.
			Mono<Long> check = Mono.using(() -> this.renewing, (taken) -> checked(present, token),
					(taken) -> taken.set(false));
			// An agent that does not wait for it does not end it: a check that takes a
			// thread may take it all the same, and the agent would order the next one.
			return Mono.fromFuture(check.contextWrite(context).toFuture(), true);
		});
	}

	private Mono<Long> checked(HelloConnection present, String token) {
		return Signalled.defer(() -> present.authenticate(token))
			.onErrorMap(SessionCredential::refusal)
			.flatMap((principal) -> Mono.create((sink) -> this.session.peer().execute(() -> {
				try {
					sink.success(renewed(present, principal));
				}
				catch (Throwable ex) {
					// Also what a rule of visibility or the security framework throws.
					sink.error(ex);
				}
			})));
	}

	private static ActionException refusal(Throwable error) {
		boolean unchecked = error instanceof ProtocolException exception
				&& exception.closeCode() == CloseCode.STORE_UNAVAILABLE;
		return unchecked
				? new ActionException(ErrorCode.UNAVAILABLE, "The token cannot be checked").retryable().notRun()
				: new ActionException(ErrorCode.UNAUTHENTICATED, "The token is not valid").notRun();
	}

	private long renewed(HelloConnection present, Principal principal) {
		if (this.connection != present || this.session.isFollower() || this.session.isEnded()) {
			throw moved();
		}
		if (!Objects.equals(principal.getName(), this.session.state().principal())) {
			throw new ActionException(ErrorCode.PERMISSION_DENIED, "The token is of another principal").notRun();
		}
		new Reauthentication(this.session).identify(principal);
		return shown(present);
	}

	/** The agent is authenticated anew with its next connection anyway. */
	private static ActionException moved() {
		return new ActionException(ErrorCode.ABORTED, "The connection is gone").retryable().notRun();
	}

}
