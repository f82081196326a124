package io.agentsocket.bridge;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.Expect;

/**
 * The part of builders of tools for chat models that they have in common, whatever the
 * library of the model. Not thread-safe.
 *
 * @param <B> type of the builder
 */
public abstract class RemoteToolsBuilder<B extends RemoteToolsBuilder<B>> {

	private final AgentSocketClient client;

	private UnaryOperator<String> naming = ToolNames::standard;

	private Predicate<ActionDescriptor> filter = (action) -> true;

	private Duration patience = Duration.ofSeconds(10);

	/** As long as vendors of models wait for a tool. */
	private Duration timeout = Duration.ofSeconds(60);

	/** About 25,000 tokens, which fit into the context of common models. */
	private int maxResult = 100_000;

	/**
	 * Begin with the defaults.
	 * @param client client of the server
	 */
	protected RemoteToolsBuilder(AgentSocketClient client) {
		this.client = Expect.present("client", client);
	}

	/**
	 * This builder.
	 * @return this
	 */
	protected abstract B self();

	/**
	 * Set how tools are named. By default every character but letters, digits, {@code _}
	 * and {@code -} becomes {@code _}, and a name has at most 64 characters. Names that
	 * would be the same get a hash of the name of the action.
	 * @param naming gives the name of a tool for the name of an action
	 * @return this
	 */
	public final B naming(UnaryOperator<String> naming) {
		this.naming = Expect.present("naming", naming);
		return self();
	}

	/**
	 * Set which actions become tools; all by default.
	 * @param filter looks at name, description, tags and hints
	 * @return this
	 */
	public final B filter(Predicate<ActionDescriptor> filter) {
		this.filter = Expect.present("filter", filter);
		return self();
	}

	/**
	 * Set how long a prompt waits for the list of tools; 10 seconds by default.
	 * @param patience longest time, above zero
	 * @return this
	 */
	public final B patience(Duration patience) {
		this.patience = Expect.positive("patience", patience);
		return self();
	}

	/**
	 * Set how long a call may take; 60 seconds by default. A shorter time that the action
	 * declares counts. The time travels with the call.
	 * @param timeout longest time, above zero
	 * @return this
	 */
	public final B timeout(Duration timeout) {
		this.timeout = Expect.positive("timeout", timeout);
		return self();
	}

	/**
	 * Set how long a result may be; 100,000 characters by default. A longer one is cut,
	 * and the model is told.
	 * @param maxResult characters, at least 100
	 * @return this
	 */
	public final B maxResult(int maxResult) {
		this.maxResult = Expect.atLeast("maxResult", maxResult, 100);
		return self();
	}

	/**
	 * The client that calls are made by.
	 * @return client of the server
	 */
	protected final AgentSocketClient client() {
		return this.client;
	}

	/**
	 * The actions that are offered. Nothing is sent.
	 * @return the actions, to be closed by the caller
	 */
	protected final RemoteActions actions() {
		return new RemoteActions(this.client, this.naming, this.filter, this.patience);
	}

	/**
	 * How long a call may take.
	 * @return longest time
	 */
	protected final Duration timeout() {
		return this.timeout;
	}

	/**
	 * How long a result may be.
	 * @return characters
	 */
	protected final int maxResult() {
		return this.maxResult;
	}

}
