package io.agentsocket.function;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionView;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.connection.Liveness;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerSettings;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.Identities;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Answers the requests of a relay with the actions of this application. Thread-safe.
 * Implements {@code docs/function-protocol.md} for functions.
 */
public final class FunctionEndpoint {

	private static final Log logger = PrintableLog.of(FunctionEndpoint.class);

	/** Whoever reaches the endpoint can send requests that break a rule. */
	private final SeldomWarning refused = new SeldomWarning(logger);

	private final SeldomWarning hidden = new SeldomWarning(logger);

	/** Bytes of a request. */
	public static final int MAX_BODY = 1024 * 1024;

	static final String FRAMES = "application/vnd.agentsocket.frames";

	static final String RESULT = "application/vnd.agentsocket.result+json";

	static final String JSON = "application/json";

	/**
	 * The relay reads as slowly as its agent; the time of the request bounds that, and
	 * signs of life are answered by this process itself.
	 */
	private static final Liveness LIVENESS = new Liveness(Duration.ofHours(1), Duration.ofHours(1));

	private final ActionCatalog catalog;

	private final Codec json;

	private final List<Codec> codecs;

	private final QuestionSender questionSender;

	private final List<ErrorResolver> errorResolvers;

	private final List<ActionInterceptor> interceptors;

	private final List<ActionVisibility> visibility;

	private final Identities identities;

	private final RequestVerifier verifier;

	private final Duration heartbeat;

	private final SessionCatalogs sessions = new SessionCatalogs();

	private final DetachedWork detached;

	private final ArrivingBodies bodies;

	private final FunctionDescription description;

	private FunctionEndpoint(Builder builder) {
		this.catalog = builder.catalog;
		this.json = builder.json;
		this.codecs = List.copyOf(builder.codecs);
		this.questionSender = builder.questionSender;
		this.errorResolvers = List.copyOf(builder.errorResolvers);
		this.interceptors = List.copyOf(builder.interceptors);
		this.visibility = List.copyOf(builder.visibility);
		this.identities = builder.identities;
		this.heartbeat = builder.heartbeat;
		this.detached = new DetachedWork(this.errorResolvers);
		this.description = new FunctionDescription(this.json);
		this.bodies = new ArrivingBodies(builder.bodyMemory);
		this.verifier = new RequestVerifier(builder.secrets, builder.clock);
	}

	/**
	 * Start to build an endpoint.
	 * @param catalog the actions
	 * @param json codec of requests
	 * @param questionSender asks the agent
	 * @return a builder
	 */
	public static Builder builder(ActionCatalog catalog, Codec json, QuestionSender questionSender) {
		return new Builder(catalog, json, questionSender);
	}

	/**
	 * The codec of requests.
	 * @return the codec
	 */
	public Codec json() {
		return this.json;
	}

	/**
	 * Answer a request.
	 * @param request the request
	 * @return the answer; fails only when something is wrong here, and cancelling it
	 * stops the action
	 */
	public Mono<FunctionAnswer> answer(IncomingRequest request) {
		return Mono.defer(() -> {
			FunctionAnswer refusal = refuse(request);
			if (refusal != null) {
				return Mono.just(refusal);
			}
			if (request.body().length() > MAX_BODY) {
				return Mono.just(tooLarge());
			}
			String broken = this.verifier.verify(request);
			if (broken != null) {
				return Mono.just(unsigned(broken));
			}
			if (!request.mediaType().equals(JSON)) {
				return Mono.just(problem(415, "A request is application/json"));
			}
			return read(request);
		});
	}

	/**
	 * Refuse a request before its body is read.
	 * @param head the request without its body
	 * @return the answer, or {@code null} when the body is worth reading
	 */
	public @Nullable FunctionAnswer refuse(IncomingRequest head) {
		if (!head.method().equals("POST")) {
			return problem(405, "A request is a POST");
		}
		String broken = this.verifier.verifyHead(head);
		return (broken != null) ? unsigned(broken) : null;
	}

	private FunctionAnswer unsigned(String broken) {
		this.refused.warn(broken, "A request is refused, as it breaks a rule for signatures: " + broken);
		return problem(401, "The signature is missing, wrong, old or was seen before");
	}

	/**
	 * The answer to a request with more bytes than any may have.
	 * @return an answer
	 */
	public FunctionAnswer tooLarge() {
		return problem(413, "A request has at most 1 MiB");
	}

	/**
	 * The answer to a request whose body is read no further.
	 * @param status 408, 413 or 503
	 * @param detail the rule that it breaks
	 * @return an answer
	 */
	FunctionAnswer unread(int status, String detail) {
		this.refused.warn(detail, "The body of a request is read no further: " + status + ", " + detail);
		return problem(status, detail);
	}

	/** The memory of bodies that are on their way. */
	ArrivingBodies bodies() {
		return this.bodies;
	}

	private FunctionAnswer problem(int status, String detail) {
		return ProblemDetails.of(status, detail, this.json);
	}

	private Mono<FunctionAnswer> read(IncomingRequest incoming) {
		InvokeRequest request;
		try {
			request = new InvokeRequest(this.json.decodeMap(incoming.body()));
		}
		catch (CodecException ex) {
			return Mono.just(problem(400, "The request is no JSON object"));
		}
		if (!request.isKnownVersion()) {
			return Mono.just(problem(501, "Only version " + InvokeRequest.VERSION + " is known"));
		}
		return switch (request.type()) {
			case "invoke" -> invoke(request, incoming.single("traceparent"));
			case "describe" -> Mono.fromSupplier(this::describe);
			default -> Mono.just(FunctionAnswer.empty(204));
		};
	}

	private Mono<FunctionAnswer> invoke(InvokeRequest request, @Nullable String traceparent) {
		Codec codec = this.codecs.stream()
			.filter((each) -> each.name().equals(request.codec()))
			.findFirst()
			.orElse(this.json);
		FunctionSession session = new FunctionSession(request, codec, CallbackPush.of(request, this.json),
				this.detached);
		Replay replay;
		try {
			replay = Replay.of(request, this.json);
		}
		catch (CodecException ex) {
			return Mono.just(problem(400, "The continuation is none of this function"));
		}
		ActionView view = this.sessions.view(session, shared(session));
		AnnouncedActions announced = new AnnouncedActions(this.sessions, session.id());
		Peer peer = new Peer(PeerSettings.builder(Role.SERVER, codec, session)
			.limits(InvocationLimits.own())
			.actions(view)
			.errorResolvers(this.errorResolvers)
			.interceptors(this.interceptors)
			.liveness(LIVENESS)
			.sessionActions(announced)
			.questionSender(this.questionSender)
			.build());
		announced.tell(peer.announcer());
		String name = request.action();
		Action action = (name != null) ? view.find(name) : null;
		return new InvocationRun(peer, action, request, session, replay, this.json, announced)
			.answer(traceparent, this.heartbeat)
			.contextWrite((relay) -> context(relay, session.principal()));
	}

	/**
	 * The context of the action: the caller of the request is the relay, and that of the
	 * action is the agent.
	 */
	private Context context(Context relay, @Nullable Principal agent) {
		return (agent != null) ? Context.of(this.identities.invocations(relay, agent)) : Context.empty();
	}

	private ActionView shared(AgentSession session) {
		return this.visibility.isEmpty() ? this.catalog.viewFor(session)
				: this.catalog.viewFor(session, (action) -> isVisible(action, session));
	}

	private boolean isVisible(Action action, AgentSession session) {
		try {
			return this.visibility.stream().allMatch((rule) -> rule.isVisible(action, session));
		}
		catch (RuntimeException ex) {
			this.hidden.error(action.name(),
					"Action " + action.name() + " is hidden, as it cannot be said whether it is visible", ex);
			return false;
		}
	}

	/** Tells of the actions that everybody may see: the pod asks, and no agent. */
	private FunctionAnswer describe() {
		AgentSession nobody = new FunctionSession(new InvokeRequest(Map.of()), this.json, null, this.detached);
		return this.description.of(shared(nobody).actions());
	}

	/**
	 * Make the schemas of all actions, which a function does not do when it starts.
	 * @return the actions of whose types none can be made, with the reasons
	 */
	public List<String> verify() {
		return this.description.verify(this.catalog.actions());
	}

	/**
	 * The mistakes that {@link #verify()} has found.
	 * @return the mistakes, or {@code null} when nobody has looked yet
	 */
	public @Nullable List<String> mistakes() {
		return this.description.mistakes();
	}

	/**
	 * End the invocations that go on after their answers, and tell the agents.
	 * @return completes when they are told, at most 2 s later
	 */
	public Mono<Void> end() {
		return this.detached.end();
	}

	/**
	 * Builds a {@link FunctionEndpoint}.
	 */
	public static final class Builder {

		private final ActionCatalog catalog;

		private final Codec json;

		private final QuestionSender questionSender;

		private List<Codec> codecs = List.of();

		private List<String> secrets = List.of();

		private List<ErrorResolver> errorResolvers = List.of();

		private List<ActionInterceptor> interceptors = List.of();

		private List<ActionVisibility> visibility = List.of();

		private Identities identities = Identities.NONE;

		/** Half of the time in which a relay wants an answer to begin by default. */
		private Duration heartbeat = Duration.ofSeconds(5);

		private long bodyMemory;

		private LongSupplier clock = () -> Instant.now().getEpochSecond();

		private Builder(ActionCatalog catalog, Codec json, QuestionSender questionSender) {
			this.catalog = catalog;
			this.json = json;
			this.questionSender = questionSender;
		}

		/**
		 * Set the codecs in which answers may be written beside JSON.
		 * @param codecs the codecs
		 * @return this
		 */
		public Builder codecs(List<Codec> codecs) {
			this.codecs = codecs;
			return this;
		}

		/**
		 * Set the secrets with which requests are signed; without one every request is
		 * answered.
		 * @param secrets secrets in the form of Standard Webhooks, any of which is good
		 * @return this
		 */
		public Builder secrets(List<String> secrets) {
			this.secrets = secrets;
			return this;
		}

		/**
		 * Set the memory of requests that have not come as a whole yet.
		 * @param bytes bytes of all of them, or 0 for a tenth of the largest heap
		 * @return this
		 */
		public Builder bodyMemory(long bytes) {
			this.bodyMemory = bytes;
			return this;
		}

		/**
		 * Set the resolvers that choose errors for exceptions of actions.
		 * @param errorResolvers the resolvers in their order
		 * @return this
		 */
		public Builder errorResolvers(List<ErrorResolver> errorResolvers) {
			this.errorResolvers = errorResolvers;
			return this;
		}

		/**
		 * Set the interceptors of actions.
		 * @param interceptors the interceptors, the outermost one first
		 * @return this
		 */
		public Builder interceptors(List<ActionInterceptor> interceptors) {
			this.interceptors = interceptors;
			return this;
		}

		/**
		 * Set the rules for the visibility of actions.
		 * @param visibility the rules, all of which have to allow it
		 * @return this
		 */
		public Builder visibility(List<ActionVisibility> visibility) {
			this.visibility = visibility;
			return this;
		}

		/**
		 * Set the way in which a security framework finds the agent in an action.
		 * @param identities makes the contexts of invocations
		 * @return this
		 */
		public Builder identities(Identities identities) {
			this.identities = identities;
			return this;
		}

		/**
		 * Set the silence after which an answer has a sign of life; 5 s by default.
		 * @param heartbeat the time
		 * @return this
		 */
		public Builder heartbeat(Duration heartbeat) {
			this.heartbeat = heartbeat;
			return this;
		}

		/**
		 * Set the clock by which the age of requests is measured.
		 * @param clock seconds since 1970
		 * @return this
		 */
		public Builder clock(LongSupplier clock) {
			this.clock = clock;
			return this;
		}

		/**
		 * Build the endpoint.
		 * @return an endpoint
		 */
		public FunctionEndpoint build() {
			return new FunctionEndpoint(this);
		}

	}

}
