package io.agentsocket.langchain4j;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.bridge.BridgedAction;
import io.agentsocket.bridge.RemoteActions;
import io.agentsocket.bridge.ToolNames;
import io.agentsocket.bridge.Waiting;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.Expect;

/**
 * The actions of a server as tools of LangChain4j's AI services. Each invocation of a
 * service gets the tools that the server offers then; they are read when one first needs
 * them, kept, and changed by what the server announces. Nothing connects before.
 * Thread-safe.
 */
public final class AgentSocketToolProvider implements ToolProvider, AutoCloseable {

	private final AgentSocketClient client;

	private final RemoteActions actions;

	private final Duration timeout;

	private final int maxResult;

	private AgentSocketToolProvider(Builder builder) {
		this.client = builder.client;
		this.actions = new RemoteActions(builder.client, builder.naming, builder.filter, builder.patience);
		this.timeout = builder.timeout;
		this.maxResult = builder.maxResult;
	}

	/**
	 * All actions of a server, with the defaults of the builder.
	 * @param client client of the server, which is not closed here
	 * @return a provider
	 */
	public static AgentSocketToolProvider of(AgentSocketClient client) {
		return builder(client).build();
	}

	/**
	 * Start to build a provider.
	 * @param client client of the server, which is not closed here
	 * @return a builder
	 */
	public static Builder builder(AgentSocketClient client) {
		return new Builder(Expect.present("client", client));
	}

	/**
	 * Give the tools. Blocks until they were read if they are not known.
	 * @param request the invocation of an AI service
	 * @return a specification and an executor for each action
	 * @throws io.agentsocket.protocol.ActionException UNAVAILABLE if they cannot be read
	 */
	@Override
	public ToolProviderResult provideTools(ToolProviderRequest request) {
		ToolProviderResult.Builder result = ToolProviderResult.builder();
		for (BridgedAction action : Waiting.await(this.actions.read().toFuture(), "the list of tools")) {
			result.add(Specifications.of(action),
					new RemoteExecutor(this.client, action, this.timeout, this.maxResult));
		}
		return result.build();
	}

	/**
	 * Do not listen to changes any more. The client is left as it is.
	 */
	@Override
	public void close() {
		this.actions.close();
	}

	/**
	 * Builds {@link AgentSocketToolProvider}. Not thread-safe.
	 */
	public static final class Builder {

		private final AgentSocketClient client;

		private UnaryOperator<String> naming = ToolNames::standard;

		private Predicate<ActionDescriptor> filter = (action) -> true;

		private Duration patience = Duration.ofSeconds(10);

		/** As long as vendors of models wait for a tool. */
		private Duration timeout = Duration.ofSeconds(60);

		/** About 25,000 tokens: what fits into the context of common models. */
		private int maxResult = 100_000;

		private Builder(AgentSocketClient client) {
			this.client = client;
		}

		/**
		 * Set how tools are named. By default every character but letters, digits,
		 * {@code _} and {@code -} becomes {@code _}.
		 * @param naming gives the name of a tool for the name of an action
		 * @return this
		 */
		public Builder naming(UnaryOperator<String> naming) {
			this.naming = Expect.present("naming", naming);
			return this;
		}

		/**
		 * Set which actions become tools; all by default.
		 * @param filter looks at name, description, tags and hints
		 * @return this
		 */
		public Builder filter(Predicate<ActionDescriptor> filter) {
			this.filter = Expect.present("filter", filter);
			return this;
		}

		/**
		 * Set how long a service waits for the list of tools; 10 seconds by default.
		 * @param patience longest time, above zero
		 * @return this
		 */
		public Builder patience(Duration patience) {
			this.patience = Expect.positive("patience", patience);
			return this;
		}

		/**
		 * Set how long a call may take; 60 seconds by default. A shorter time that the
		 * action declares counts. The time travels with the call.
		 * @param timeout longest time, above zero
		 * @return this
		 */
		public Builder timeout(Duration timeout) {
			this.timeout = Expect.positive("timeout", timeout);
			return this;
		}

		/**
		 * Set how long a result may be; 100,000 characters by default. A longer one is
		 * cut, and the model is told.
		 * @param maxResult characters, at least 100
		 * @return this
		 */
		public Builder maxResult(int maxResult) {
			this.maxResult = Expect.atLeast("maxResult", maxResult, 100);
			return this;
		}

		/**
		 * Build the provider. Nothing is sent.
		 * @return a provider
		 */
		public AgentSocketToolProvider build() {
			return new AgentSocketToolProvider(this);
		}

	}

}
