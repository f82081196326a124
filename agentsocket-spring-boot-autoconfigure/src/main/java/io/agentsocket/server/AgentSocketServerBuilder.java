package io.agentsocket.server;

import java.util.Collection;
import java.util.List;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Software;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.session.Identities;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SpringSessionAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Builds an {@link AgentSocketServer}.
 */
public final class AgentSocketServerBuilder {

	final ActionCatalog catalog;

	ServerSettings settings = ServerSettings.DEFAULTS;

	private @Nullable Collection<? extends Codec> codecs;

	ActionRanking ranking = ActionRanking.standard();

	SessionStore store = new InMemorySessionStore();

	SessionAttributes attributes = SpringSessionAttributes.inMemory();

	PodLink link = new InMemoryPods().link("pod");

	List<ErrorResolver> errorResolvers = List.of();

	@Nullable HelloAuthenticator authenticator;

	Identities identities = Identities.NONE;

	Software software = new Software("agentsocket-spring-boot", "");

	QuestionSender questionSender = new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT);

	EventSinkFactory events = EventSinkFactory.NONE;

	AgentSocketServerBuilder(ActionCatalog catalog) {
		this.catalog = catalog;
	}

	/**
	 * Set how the server treats its connections.
	 * @param settings the settings
	 * @return this
	 */
	public AgentSocketServerBuilder settings(ServerSettings settings) {
		this.settings = settings;
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
		this.codecs = codecs;
		return this;
	}

	/**
	 * Set how {@code as.find} ranks.
	 * @param ranking the ranking
	 * @return this
	 */
	public AgentSocketServerBuilder ranking(ActionRanking ranking) {
		this.ranking = ranking;
		return this;
	}

	/**
	 * Set where sessions live; in memory by default.
	 * @param store the store
	 * @return this
	 */
	public AgentSocketServerBuilder store(SessionStore store) {
		this.store = store;
		return this;
	}

	/**
	 * Set where attributes of sessions live; in memory by default.
	 * @param attributes the attributes
	 * @return this
	 */
	public AgentSocketServerBuilder attributes(SessionAttributes attributes) {
		this.attributes = attributes;
		return this;
	}

	/**
	 * Set the way to the other pods that share the store.
	 * @param link the link
	 * @return this
	 */
	public AgentSocketServerBuilder link(PodLink link) {
		this.link = link;
		return this;
	}

	/**
	 * Set what chooses errors for exceptions of actions.
	 * @param resolvers asked in this order
	 * @return this
	 */
	public AgentSocketServerBuilder errorResolvers(List<ErrorResolver> resolvers) {
		this.errorResolvers = resolvers;
		return this;
	}

	/**
	 * Set what authenticates tokens in HELLO; without it they are refused.
	 * @param authenticator the authenticator, or {@code null}
	 * @return this
	 */
	public AgentSocketServerBuilder authenticator(@Nullable HelloAuthenticator authenticator) {
		this.authenticator = authenticator;
		return this;
	}

	/**
	 * Set what brings the principals of a security framework into sessions.
	 * @param identities knows them
	 * @return this
	 */
	public AgentSocketServerBuilder identities(Identities identities) {
		this.identities = identities;
		return this;
	}

	/**
	 * Set what the server says of itself.
	 * @param software name and version
	 * @return this
	 */
	public AgentSocketServerBuilder software(Software software) {
		this.software = software;
		return this;
	}

	/**
	 * Set what asks agents questions.
	 * @param questionSender the sender
	 * @return this
	 */
	public AgentSocketServerBuilder questionSender(QuestionSender questionSender) {
		this.questionSender = questionSender;
		return this;
	}

	/**
	 * Set who takes the events of a session.
	 * @param events creates what takes them
	 * @return this
	 */
	public AgentSocketServerBuilder events(EventSinkFactory events) {
		this.events = events;
		return this;
	}

	/**
	 * Build the server.
	 * @return the server
	 */
	public AgentSocketServer build() {
		return new AgentSocketServer(this);
	}

}
