package io.agentsocket.test;

import java.net.URI;
import java.security.Principal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.FunctionAction;
import io.agentsocket.annotation.Internal;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * An agent in the hands of a test: invokes actions of a server and expects what comes,
 * answers questions, listens, loses its connection, goes to another pod. Connects when it
 * is first needed. A failed expectation is an {@code AssertionError} that names the
 * action, the expectation and what came.
 *
 * <p>
 * In a test of Spring Boot it is a bean, and closed after each test method, so that each
 * has a session of its own. Otherwise it belongs into a {@code try} statement. Used by
 * the thread of the test alone.
 */
public final class AgentSocketTester implements AutoCloseable {

	private final AgentSocketTesterBuilder settings;

	private final Pods pods;

	private @Nullable TestedConnection connection;

	/** Testers of other agents that were made of this one. */
	private final Set<AgentSocketTester> others = new LinkedHashSet<>();

	AgentSocketTester(AgentSocketTesterBuilder settings) {
		this.settings = settings;
		this.pods = (settings.parent != null) ? settings.parent.pods : settings.pods();
	}

	/**
	 * Start to build a tester of a server of this process. Its sockets go through memory:
	 * no port is opened, and no HTTP filter sees the agent.
	 * @param server the server
	 * @return a builder
	 */
	public static AgentSocketTesterBuilder bindTo(AgentSocketServer server) {
		return new AgentSocketTesterBuilder(server, null);
	}

	/**
	 * Start to build a tester that connects through the network.
	 * @param uris addresses of the endpoint, {@code ws} or {@code wss}, one for each pod
	 * @return a builder
	 */
	public static AgentSocketTesterBuilder connectTo(URI... uris) {
		List<URI> all = List.of(uris);
		return new AgentSocketTesterBuilder(null, () -> all);
	}

	/**
	 * Start to build a tester that connects through the network to a server of this
	 * process.
	 * @param server the server
	 * @param uri gives its address as soon as it is known
	 * @return a builder
	 */
	@Internal
	public static AgentSocketTesterBuilder connectTo(AgentSocketServer server, Supplier<URI> uri) {
		return new AgentSocketTesterBuilder(server, () -> List.of(uri.get()));
	}

	/**
	 * Start to build a tester of another agent of the same server, with the settings of
	 * this one. It is closed with this one.
	 * @return a builder
	 */
	public AgentSocketTesterBuilder mutate() {
		return new AgentSocketTesterBuilder(this.settings, this);
	}

	/**
	 * Another agent, with a session of its own. Only in memory.
	 * @param principal the principal of the agent, such as an {@code Authentication}
	 * @return its tester, which is closed with this one
	 */
	public AgentSocketTester as(Principal principal) {
		return mutate().principal(principal).build();
	}

	/**
	 * Another agent, with a session of its own. Only in memory.
	 * @param name its name; it has no rights
	 * @return its tester, which is closed with this one
	 */
	public AgentSocketTester as(String name) {
		return mutate().principal(name).build();
	}

	/**
	 * Another agent that says the same of itself, with a session of its own.
	 * @return its tester, which is closed with this one
	 */
	public AgentSocketTester anotherAgent() {
		return mutate().build();
	}

	/**
	 * Begin with an invocation of an action.
	 * @param action name of the action
	 * @return the invocation, to which arguments and an expectation are added
	 */
	public TestInvocation invoke(String action) {
		TestedConnection present = connection();
		return new TestInvocation(present.client(), action, this.settings.timeout(), () -> present.note(action));
	}

	/**
	 * Expect an action to be offered to the agent.
	 * @param name name of the action
	 * @return the action as the agent sees it
	 */
	public ExpectedAction expectAction(String name) {
		ActionDescriptor found = describe(name);
		if (found == null) {
			throw offered(name).failure("the action " + name, actions().toString());
		}
		return new ExpectedAction(found);
	}

	/**
	 * Expect an action not to be offered to the agent: it does not exist, or not for it.
	 * @param name name of the action
	 */
	public void expectNoAction(String name) {
		offered(name).require(describe(name) == null, "no action " + name, actions().toString());
	}

	private @Nullable ActionDescriptor describe(String name) {
		return Patience.await(client().describe(name).next(), this.settings.timeout(),
				(reason) -> offered(name).failure("an answer", reason));
	}

	private Statement offered(String action) {
		return new Statement("Actions that are offered to the agent", () -> connection().note(action));
	}

	/**
	 * The names of all actions that are offered to the agent.
	 * @return the names in their order, without those of the protocol
	 */
	public List<String> actions() {
		List<ActionDescriptor> actions = Patience.await(client().actions(), this.settings.timeout(),
				(reason) -> offered("").failure("a list", reason));
		return (actions != null) ? actions.stream().map(ActionDescriptor::name).toList() : List.of();
	}

	/**
	 * Offer an action of the agent to the server.
	 * @param name name of the action
	 * @param arguments type of the arguments as a whole
	 * @param function runs it without blocking; its first value is the result
	 * @param <A> type of the arguments
	 * @return this
	 */
	public <A> AgentSocketTester offer(String name, Class<A> arguments, Function<A, ? extends Publisher<?>> function) {
		return offer(FunctionAction.named(name, arguments, function));
	}

	/**
	 * Offer an action of the agent to the server.
	 * @param action the action
	 * @return this
	 */
	public AgentSocketTester offer(Action action) {
		client().offered().add(action);
		connection().roundTrip();
		return this;
	}

	/**
	 * Listen to events of the server. The server knows of it when this returns.
	 * @param name name of the events
	 * @param type type of their payloads
	 * @param <T> type of their payloads
	 * @return the events that come from now on
	 */
	public <T> ReceivedEvents<T> listen(String name, Class<T> type) {
		TestedConnection present = connection();
		return new ReceivedEvents<>(name, this.settings.timeout(), present::roundTrip,
				present.client().events(name, type));
	}

	/**
	 * Send an event to the server. It has arrived there when this returns; its listeners
	 * may still be at work.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 */
	public void sendEvent(String name, @Nullable Object payload) {
		client().sendEvent(name, payload);
		connection().roundTrip();
	}

	/**
	 * Break the connection, and wait until another one goes on with the session. Running
	 * invocations go on.
	 */
	public void cut() {
		connection().cut();
	}

	/**
	 * Break the connection, and have none until {@link #reconnect()}.
	 */
	public void disconnect() {
		connection().disconnect();
	}

	/**
	 * Come back after {@link #disconnect()}, and wait until a connection goes on with the
	 * session.
	 */
	public void reconnect() {
		connection().reconnect();
	}

	/**
	 * Break the connection, and wait until one with another pod goes on with the session.
	 * Invocations that are running go on in the pod where they are. In memory the first
	 * move starts a second pod, and the next one leads back.
	 * @throws IllegalStateException if there can be no other pod
	 */
	public void moveToAnotherPod() {
		connection().move();
	}

	/**
	 * Id of the agent's session.
	 * @return the id
	 */
	public String sessionId() {
		return client().sessionId();
	}

	/**
	 * The session as the tools of the present pod see it.
	 * @return the session
	 * @throws IllegalStateException if the server is not in this process
	 */
	public AgentSession session() {
		return connection().session();
	}

	/**
	 * The client that the tester stands on, for everything that has no expectation here.
	 * @return the client, connected
	 */
	public AgentSocketClient client() {
		return connection().client();
	}

	private TestedConnection connection() {
		TestedConnection present = this.connection;
		if (present == null) {
			present = this.settings.connection(this.pods);
			this.connection = present;
			AgentSocketTester above = this.settings.parent;
			if (above != null) {
				above.others.add(this);
			}
		}
		return present;
	}

	/**
	 * End the session of the agent, with all that runs in it, and those of agents that
	 * were made of it, and the pods that were started for them. May be called again, and
	 * the tester may be used again, with another session.
	 */
	@Override
	public void close() {
		List<AutoCloseable> parts = new ArrayList<>(this.others);
		this.others.clear();
		TestedConnection present = this.connection;
		this.connection = null;
		if (present != null) {
			parts.add(present::close);
		}
		if (this.settings.parent == null) {
			parts.add(this.pods);
		}
		closeAll(parts);
	}

	/** Close each of them, also when others cannot be closed. */
	private static void closeAll(List<AutoCloseable> parts) {
		AssertionError failure = null;
		for (AutoCloseable part : parts) {
			try {
				part.close();
			}
			catch (Exception | AssertionError ex) {
				if (failure == null) {
					failure = new AssertionError("The tester could not close all that it opened: " + ex.getMessage());
				}
				failure.addSuppressed(ex);
			}
		}
		if (failure != null) {
			throw failure;
		}
	}

}
