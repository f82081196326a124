package io.agentsocket.langchain4j;

import java.time.Duration;

import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import io.agentsocket.bridge.BridgedAction;
import io.agentsocket.bridge.RemoteActions;
import io.agentsocket.bridge.RemoteToolsBuilder;
import io.agentsocket.bridge.Waiting;
import io.agentsocket.client.AgentSocketClient;

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

	private AgentSocketToolProvider(AgentSocketClient client, RemoteActions actions, Duration timeout, int maxResult) {
		this.client = client;
		this.actions = actions;
		this.timeout = timeout;
		this.maxResult = maxResult;
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
		return new Builder(client);
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
	public static final class Builder extends RemoteToolsBuilder<Builder> {

		private Builder(AgentSocketClient client) {
			super(client);
		}

		@Override
		protected Builder self() {
			return this;
		}

		/**
		 * Build the provider. Nothing is sent.
		 * @return a provider
		 */
		public AgentSocketToolProvider build() {
			return new AgentSocketToolProvider(client(), actions(), timeout(), maxResult());
		}

	}

}
