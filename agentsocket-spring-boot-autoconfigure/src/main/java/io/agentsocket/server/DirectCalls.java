package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionErrors;
import io.agentsocket.action.ActionView;
import io.agentsocket.action.Interceptors;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Expect;
import io.agentsocket.server.bounds.IncomingBytes;
import io.agentsocket.server.bounds.InvocationRates;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.server.bounds.SessionBounds;
import io.agentsocket.server.bounds.Tenancy;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.Identities;
import org.jspecify.annotations.Nullable;

/**
 * The server as calls of another protocol need it, so that they are seen, checked,
 * bounded and observed as calls of sessions are. Thread-safe.
 */
@Internal
public final class DirectCalls {

	/**
	 * Callers whose rates are remembered; those that called longest ago are forgotten.
	 */
	private static final int MAX_RATES = 4096;

	private final ServerHooks hooks;

	private final PodBounds bounds;

	private final Identities identities;

	private final PodMail mail;

	private final Supplier<Boolean> draining;

	private final Interceptors interceptors;

	private final ActionErrors errors;

	private final Map<String, InvocationRates.SessionRate> rates = new LinkedHashMap<>(16, 0.75f, true);

	DirectCalls(ServerHooks hooks, PodBounds bounds, Identities identities, PodMail mail, Supplier<Boolean> draining) {
		this.hooks = hooks;
		this.bounds = bounds;
		this.identities = identities;
		this.mail = mail;
		this.draining = draining;
		this.interceptors = Interceptors.of(hooks.interceptors());
		this.errors = new ActionErrors(hooks.errorResolvers());
	}

	/**
	 * The whole catalog, without rules of visibility.
	 * @return the actions that all sessions are offered
	 */
	public ActionCatalog catalog() {
		return this.hooks.catalog();
	}

	/**
	 * The actions that the caller of a session sees.
	 * @param session the session of one call
	 * @return a view, for the time of the call
	 */
	public ActionView actions(AgentSession session) {
		RememberedVisibility visibility = new RememberedVisibility(this.hooks.visibility(), session);
		return visibility.isOpen() ? this.hooks.catalog().viewFor(session)
				: this.hooks.catalog().viewFor(session, visibility);
	}

	/**
	 * The interceptors that stand around actions.
	 * @return the chains
	 */
	public Interceptors interceptors() {
		return this.interceptors;
	}

	/**
	 * Maps exceptions of actions to errors for callers.
	 * @return the mapping
	 */
	public ActionErrors errors() {
		return this.errors;
	}

	/**
	 * Asks callers questions.
	 * @return the sender
	 */
	public QuestionSender questionSender() {
		return this.hooks.questionSender();
	}

	/**
	 * The principals of the security framework.
	 * @return knows which of them are anonymous
	 */
	public Identities identities() {
		return this.identities;
	}

	/**
	 * How long a caller may listen without another credential, as long as the connection
	 * of an agent would last.
	 * @param principal the caller, or {@code null}
	 * @return the time, or {@code null} when its credential does not expire
	 */
	public @Nullable Duration lasts(@Nullable Principal principal) {
		Instant expires = (principal != null) ? this.identities.expiresAt(principal) : null;
		return (expires != null) ? Expect.bounded(SessionCredential.lasts(expires)) : null;
	}

	/**
	 * The way to the other pods.
	 * @return messages between pods
	 */
	public PodMail mail() {
		return this.mail;
	}

	/**
	 * Whether the server leaves.
	 * @return {@code true} when no further call is taken
	 */
	public boolean isDraining() {
		return this.draining.get();
	}

	/**
	 * Let a call in, as far as the bounds of its principal, its address and the pod allow
	 * it.
	 * @param principal the caller, or {@code null}
	 * @param address the address that counts, or {@code null}
	 * @param action name of the action
	 * @param arguments bytes of its arguments
	 * @return the part of the call in the bounds, until it is closed
	 * @throws ActionException RESOURCE_EXHAUSTED when there is no room
	 */
	public SessionBounds admit(@Nullable Principal principal, @Nullable String address, String action, int arguments) {
		String name = (principal != null) ? principal.getName() : null;
		Tenancy tenancy = this.bounds.join(name);
		SessionBounds call = new SessionBounds(this.bounds, tenancy, rate(name, address), () -> 0);
		call.attached(address);
		ActionException refusal = call.refusal(action, arguments, 0, 0);
		if (refusal != null) {
			call.close();
			throw refusal;
		}
		call.turned(arguments, 1);
		return call;
	}

	/**
	 * Begin to count a request that comes in pieces.
	 * @return to be closed when it has come, or does not come any more
	 */
	public IncomingBytes incoming() {
		return IncomingBytes.ofRequest(this.bounds);
	}

	/**
	 * Begin to count a result that comes in pieces. The work for it is done, so that it
	 * is refused last.
	 * @return to be closed when it is passed on, or is given up
	 */
	public IncomingBytes incomingResult() {
		return IncomingBytes.ofResult(this.bounds);
	}

	/** Callers without sessions have the rate of one session each. */
	private InvocationRates.SessionRate rate(@Nullable String principal, @Nullable String address) {
		String key = (principal != null) ? "p" + principal : "a" + address;
		synchronized (this.rates) {
			InvocationRates.SessionRate rate = this.rates.get(key);
			if (rate == null) {
				rate = this.bounds.openRate();
				if (rate == InvocationRates.SessionRate.UNBOUNDED) {
					return rate;
				}
				if (this.rates.size() >= MAX_RATES) {
					this.rates.remove(this.rates.keySet().iterator().next());
				}
				this.rates.put(key, rate);
			}
			return rate;
		}
	}

}
