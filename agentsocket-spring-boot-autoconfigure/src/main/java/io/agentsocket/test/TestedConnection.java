package io.agentsocket.test;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.client.Backoff;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.AgentSession;

/**
 * The client behind a tester with its way to the pods. Used by one thread.
 */
final class TestedConnection {

	/** An agent without an identity, or with one that does not pass. */
	private static final String REFUSED = String.valueOf(CloseCode.UNAUTHENTICATED.code());

	private static final String IDENTITY = "The server wants to know who the agent is: give it an identity with "
			+ "as(...), @WithMockUser or helloToken, over a real socket with bearerToken or header";

	private static final String DISCONNECTED = "The test has disconnected the agent, which waits for reconnect()";

	private static final String HIDDEN = "The server has this action and hides it from this agent: a rule of "
			+ "visibility, or a right that the agent does not have";

	/** Tests do not wait, and a server that comes back at once is found at once. */
	private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(10), Duration.ofMillis(50));

	private final Link link;

	private final AgentSocketClient client;

	private final Attachments attachments = new Attachments();

	private final Duration timeout;

	private boolean isShut;

	/**
	 * Create a client that does not connect yet.
	 * @param link its way to the pods
	 * @param timeout how long each connection may take, and each end of one
	 * @param more changes the client
	 */
	TestedConnection(Link link, Duration timeout, Consumer<AgentSocketClientBuilder> more) {
		this.link = link;
		this.timeout = timeout;
		AgentSocketClientBuilder builder = AgentSocketClient.builder(link.uri())
			.software("agentsocket-tester", "")
			.backoff(BACKOFF)
			.maxWait(timeout)
			.onQuestion((request) -> {
				Questions questions = request.context().getOrDefault(Questions.class, null);
				return (questions != null) ? questions.question(request) : Questions.unanswered();
			})
			.onApproval((request) -> {
				Questions questions = request.context().getOrDefault(Questions.class, null);
				return (questions != null) ? questions.approval(request) : Questions.unanswered();
			})
			.sessionListener(this.attachments)
			.sessionListenerExecutor(Runnable::run)
			.connector(link);
		more.accept(builder);
		this.client = builder.build();
	}

	/** The client, connected unless the test has disconnected it. */
	AgentSocketClient client() {
		if (!this.isShut && this.attachments.attached() == 0) {
			Patience.await(this.client.connect(), this.timeout,
					(reason) -> statement().failure("a connection", because(reason)));
		}
		return this.client;
	}

	private Statement statement() {
		return new Statement("Agent of " + this.link.uri(), this::note);
	}

	/** The reason for which nothing can come, or empty. */
	private String note() {
		return this.isShut ? DISCONNECTED : "";
	}

	/** The reason for which an action cannot do what a test expects, or empty. */
	String note(String action) {
		return (!this.isShut && isHidden(action)) ? HIDDEN : note();
	}

	/** Whether the server has an action that the agent does not see. */
	private boolean isHidden(String action) {
		Optional<AgentSession> session = present();
		return session.isPresent() && this.link.server()
			.map(AgentSocketServer::directCalls)
			.filter((server) -> server.catalog().find(action) != null)
			.filter((server) -> server.actions(session.get()).find(action) == null)
			.isPresent();
	}

	private String because(String reason) {
		String failure = this.client.lastFailure();
		String all = (failure == null || reason.contains(failure)) ? reason
				: reason + "; the latest attempt failed with " + failure;
		return all.contains(REFUSED) ? all + "\n" + IDENTITY : all;
	}

	void cut() {
		client();
		int before = this.attachments.attached();
		this.link.cut();
		awaitResumed(before);
	}

	void move() {
		client();
		int before = this.attachments.attached();
		this.link.nextPod();
		this.link.cut();
		awaitResumed(before);
	}

	void disconnect() {
		client();
		this.isShut = true;
		this.link.shut(true);
		this.link.cut();
		if (!this.attachments.awaitDetached(this.timeout)) {
			throw statement().failure("the end of the connection", Patience.nothing(this.timeout));
		}
	}

	void reconnect() {
		int before = this.attachments.attached();
		this.isShut = false;
		this.link.shut(false);
		awaitResumed(before);
	}

	private void awaitResumed(int before) {
		String expected = "a connection that goes on with the session";
		if (!this.attachments.awaitAttached(before, this.timeout)) {
			throw statement().failure(expected, because(Patience.nothing(this.timeout)));
		}
		statement().require(this.attachments.isResumed(), expected, this.attachments.latest());
	}

	/** The session as the server of the present pod has it. */
	AgentSession session() {
		client();
		if (this.link.server().isEmpty()) {
			throw new IllegalStateException("The server of " + this.link.uri() + " is not in this process");
		}
		return present().orElseThrow(() -> statement().failure("a session in the present pod", "none"));
	}

	private Optional<AgentSession> present() {
		String id = this.client.sessionId();
		return this.link.server()
			.flatMap((server) -> server.sessions().stream().filter((session) -> session.id().equals(id)).findFirst());
	}

	/**
	 * Everything that this side has sent before is with the server afterwards, and what
	 * the server has sent before is here. Fails at once while the test has disconnected
	 * the agent.
	 */
	void roundTrip() {
		if (this.isShut) {
			throw statement().failure("an answer", "none");
		}
		Patience.await(client().describe("as.none").then(), this.timeout,
				(reason) -> statement().failure("an answer", because(reason)));
	}

	/**
	 * End the session, and whatever runs in it; a server of this process has done so when
	 * this returns.
	 */
	void close() {
		String expected = "the end of the session";
		try {
			Patience.await(this.client.close(), this.timeout, (reason) -> statement().failure(expected, reason));
			if (this.isShut) {
				// Nobody tells the server, which would keep the session for a while.
				present().ifPresent((session) -> Patience.await(session.end(), this.timeout,
						(reason) -> statement().failure(expected, reason)));
			}
			if (!Patience.until(() -> present().isEmpty(), this.timeout)) {
				throw statement().failure(expected, Patience.nothing(this.timeout));
			}
		}
		finally {
			this.link.shut(true);
		}
	}

}
