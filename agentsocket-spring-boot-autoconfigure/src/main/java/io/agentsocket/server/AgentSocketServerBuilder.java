package io.agentsocket.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Software;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.connection.TrafficTotals;
import io.agentsocket.protocol.Expect;
import io.agentsocket.server.bounds.InvocationRates;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.session.Identities;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SpringSessionAttributes;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * Builds an {@link AgentSocketServer}. Each setter checks its argument. Not thread-safe;
 * a server does not change with the builder that it was built with.
 */
public final class AgentSocketServerBuilder {

	final ActionCatalog catalog;

	ServerSettings settings = ServerSettings.DEFAULTS;

	private @Nullable Collection<? extends Codec> codecs;

	private ActionRanking ranking = ActionRanking.standard();

	SessionStore store = new InMemorySessionStore();

	SessionAttributes attributes = SpringSessionAttributes.inMemory();

	PodLink link = new InMemoryPods().link("pod");

	private final List<ErrorResolver> errorResolvers = new ArrayList<>();

	private final List<ActionInterceptor> interceptors = new ArrayList<>();

	private final List<ActionVisibility> visibility = new ArrayList<>();

	private final List<AgentSessionListener> sessionListeners = new ArrayList<>();

	private Executor sessionListenerExecutor = Schedulers.boundedElastic()::schedule;

	@Nullable HelloAuthenticator authenticator;

	Identities identities = Identities.NONE;

	Software software = new Software("agentsocket-spring-boot", "");

	private QuestionSender questionSender = new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT);

	private EventSinkFactory events = EventSinkFactory.NONE;

	private @Nullable TrafficTotals totals;

	InvocationRates rates = InvocationRates.UNBOUNDED;

	AgentSocketServerBuilder(ActionCatalog catalog) {
		this.catalog = catalog;
	}

	/** A builder of the same server, which does not change with this one. */
	AgentSocketServerBuilder copy() {
		AgentSocketServerBuilder copy = new AgentSocketServerBuilder(this.catalog);
		copy.settings = this.settings;
		copy.codecs = this.codecs;
		copy.ranking = this.ranking;
		copy.store = this.store;
		copy.attributes = this.attributes;
		copy.link = this.link;
		copy.errorResolvers.addAll(this.errorResolvers);
		copy.interceptors.addAll(this.interceptors);
		copy.visibility.addAll(this.visibility);
		copy.sessionListeners.addAll(this.sessionListeners);
		copy.sessionListenerExecutor = this.sessionListenerExecutor;
		copy.authenticator = this.authenticator;
		copy.identities = this.identities;
		copy.software = this.software;
		copy.questionSender = this.questionSender;
		copy.events = this.events;
		copy.totals = this.totals;
		copy.rates = this.rates;
		return copy;
	}

	/**
	 * Set how the server treats its connections.
	 * @param settings the settings
	 * @return this
	 */
	public AgentSocketServerBuilder settings(ServerSettings settings) {
		this.settings = Expect.present("settings", settings);
		return this;
	}

	/**
	 * Change some of the settings and leave the others as they are.
	 * @param change changes them
	 * @return this
	 */
	public AgentSocketServerBuilder settings(Consumer<ServerSettings.Builder> change) {
		Expect.present("change", change);
		ServerSettings.Builder changed = this.settings.mutate();
		change.accept(changed);
		this.settings = changed.build();
		return this;
	}

	/** The default only when it is needed: CBOR may be missing. */
	Collection<? extends Codec> codecs() {
		Collection<? extends Codec> chosen = this.codecs;
		return (chosen != null) ? chosen : List.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	/**
	 * Set the codecs; CBOR and JSON by default.
	 * @param codecs the codecs
	 * @return this
	 */
	public AgentSocketServerBuilder codecs(Collection<? extends Codec> codecs) {
		this.codecs = Expect.present("codecs", codecs);
		return this;
	}

	/**
	 * Set how {@code as.find} ranks.
	 * @param ranking the ranking
	 * @return this
	 */
	public AgentSocketServerBuilder ranking(ActionRanking ranking) {
		this.ranking = Expect.present("ranking", ranking);
		return this;
	}

	/**
	 * Set where sessions live; in memory by default.
	 * @param store the store
	 * @return this
	 */
	@Internal
	public AgentSocketServerBuilder store(SessionStore store) {
		this.store = Expect.present("store", store);
		return this;
	}

	/**
	 * Set where attributes of sessions live; in memory by default.
	 * @param attributes the attributes
	 * @return this
	 */
	public AgentSocketServerBuilder attributes(SessionAttributes attributes) {
		this.attributes = Expect.present("attributes", attributes);
		return this;
	}

	/**
	 * Set the way to the other pods that share the store.
	 * @param link the link
	 * @return this
	 */
	@Internal
	public AgentSocketServerBuilder link(PodLink link) {
		this.link = Expect.present("link", link);
		return this;
	}

	/**
	 * Stand around all invocations of all sessions, in both directions.
	 * @param interceptor called within those that were added before
	 * @return this
	 */
	public AgentSocketServerBuilder interceptor(ActionInterceptor interceptor) {
		this.interceptors.add(Expect.present("interceptor", interceptor));
		return this;
	}

	/**
	 * Decide which actions the agent of a session sees, beside the rules of the actions
	 * themselves.
	 * @param visibility has to agree, as all others that were added
	 * @return this
	 */
	public AgentSocketServerBuilder visibility(ActionVisibility visibility) {
		this.visibility.add(Expect.present("visibility", visibility));
		return this;
	}

	/**
	 * Be told of the life of sessions, as far as they are in this process.
	 * @param listener called after those that were added before
	 * @return this
	 */
	public AgentSocketServerBuilder sessionListener(AgentSessionListener listener) {
		this.sessionListeners.add(Expect.present("listener", listener));
		return this;
	}

	/**
	 * Set the executor that calls the listeners of sessions, which may block; that of
	 * {@link Schedulers#boundedElastic()} by default.
	 * @param executor the executor
	 * @return this
	 */
	public AgentSocketServerBuilder sessionListenerExecutor(Executor executor) {
		this.sessionListenerExecutor = Expect.present("executor", executor);
		return this;
	}

	/**
	 * Choose errors for exceptions of actions.
	 * @param resolver asked after those that were added before
	 * @return this
	 */
	public AgentSocketServerBuilder errorResolver(ErrorResolver resolver) {
		this.errorResolvers.add(Expect.present("resolver", resolver));
		return this;
	}

	/**
	 * Set the authenticator of tokens in HELLO; without it they are refused.
	 * @param authenticator the authenticator, or {@code null}
	 * @return this
	 */
	public AgentSocketServerBuilder authenticator(@Nullable HelloAuthenticator authenticator) {
		this.authenticator = authenticator;
		return this;
	}

	/**
	 * Set the bridge that brings the principals of a security framework into sessions.
	 * @param identities knows them
	 * @return this
	 */
	public AgentSocketServerBuilder identities(Identities identities) {
		this.identities = Expect.present("identities", identities);
		return this;
	}

	/**
	 * Set name and version that the server gives to clients.
	 * @param name name of the software
	 * @param version its version, or empty
	 * @return this
	 */
	public AgentSocketServerBuilder software(String name, String version) {
		this.software = new Software(Expect.present("name", name), Expect.present("version", version));
		return this;
	}

	/**
	 * Set the sender of questions to agents.
	 * @param questionSender the sender
	 * @return this
	 */
	@Internal
	public AgentSocketServerBuilder questionSender(QuestionSender questionSender) {
		this.questionSender = Expect.present("questionSender", questionSender);
		return this;
	}

	/**
	 * Set the receiver of the events of a session.
	 * @param events creates the receiver
	 * @return this
	 */
	@Internal
	public AgentSocketServerBuilder events(EventSinkFactory events) {
		this.events = Expect.present("events", events);
		return this;
	}

	/**
	 * Set the counter of the traffic of all sessions.
	 * @param totals the counts, or {@code null} for none
	 * @return this
	 */
	@Internal
	public AgentSocketServerBuilder totals(@Nullable TrafficTotals totals) {
		this.totals = totals;
		return this;
	}

	/**
	 * Set how many invocations a second may begin; any number by default.
	 * @param rates counts them
	 * @return this
	 */
	@Internal
	public AgentSocketServerBuilder invocationRates(InvocationRates rates) {
		this.rates = Expect.present("rates", rates);
		return this;
	}

	/**
	 * Put something around the store that was set.
	 * @param change gets the store and gives the one to use
	 * @return this
	 */
	@Internal
	public AgentSocketServerBuilder decorateStore(UnaryOperator<SessionStore> change) {
		this.store = Expect.present("change", change).apply(this.store);
		return this;
	}

	ServerHooks hooks() {
		return new ServerHooks(this.catalog, this.visibility, this.ranking, this.errorResolvers, this.interceptors,
				this.sessionListeners, this.sessionListenerExecutor, this.questionSender, this.authenticator != null,
				this.events, this.totals);
	}

	/**
	 * Build the server.
	 * @return the server
	 */
	public AgentSocketServer build() {
		return new AgentSocketServer(this);
	}

}
