package io.agentsocket.springai;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.bridge.BridgedAction;
import io.agentsocket.bridge.RemoteActions;
import io.agentsocket.bridge.RemoteToolsBuilder;
import io.agentsocket.bridge.Waiting;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.Expect;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.definition.ToolDefinition;

/**
 * The actions of a server as tools of Spring AI's {@code ChatClient}. They are read when
 * a prompt first needs them, kept, and changed by what the server announces; nothing
 * connects before. Thread-safe.
 *
 * <p>
 * It is no {@link ToolCallbackProvider} itself, on purpose: Spring AI asks every provider
 * bean for its tools when an application starts, its MCP server would offer them on, and
 * its MCP client does nothing beside another provider. Pass {@link #provider()} to a
 * {@code ChatClient}.
 */
public final class AgentSocketTools implements AutoCloseable {

	/**
	 * Key of the tool context: {@link Duration} that calls of the prompt may take, in
	 * place of the one that was {@linkplain Builder#timeout(Duration) configured}.
	 */
	public static final String TIMEOUT = "agentsocket.timeout";

	/** Key of the tool context: W3C {@code traceparent} of the calls. */
	public static final String TRACEPARENT = "agentsocket.traceparent";

	/**
	 * Key of the tool context: {@link RemoteToolListener} for the calls of the prompt, in
	 * place of the one that was configured.
	 */
	public static final String LISTENER = "agentsocket.listener";

	private final RemoteActions actions;

	private final RemoteToolSettings settings;

	private volatile Offered offered = new Offered(List.of(), List.of());

	private AgentSocketTools(RemoteActions actions, RemoteToolSettings settings) {
		this.actions = actions;
		this.settings = settings;
	}

	/**
	 * All actions of a server, with the defaults of the builder.
	 * @param client client of the server, which is not closed here
	 * @return its tools
	 */
	public static AgentSocketTools of(AgentSocketClient client) {
		return builder(client).build();
	}

	/**
	 * Start to build tools.
	 * @param client client of the server, which is not closed here
	 * @return a builder
	 */
	public static Builder builder(AgentSocketClient client) {
		return new Builder(client);
	}

	/**
	 * All tools. They are read from the server if they are not known, which blocks; on a
	 * thread that must not be blocked what is known is returned, and they are read
	 * meanwhile.
	 * @return the tools in the order of the names of their actions
	 * @throws io.agentsocket.protocol.ActionException UNAVAILABLE if they cannot be read
	 */
	public List<ToolCallback> callbacks() {
		if (!this.actions.isFresh()) {
			if (Schedulers.isInNonBlockingThread()) {
				this.actions.read().onErrorComplete().subscribe();
			}
			else {
				Waiting.await(this.actions.read().toFuture(), "the list of tools");
			}
		}
		return known();
	}

	/**
	 * The tools that are known now: nothing is sent.
	 * @return the tools, empty before they were read
	 */
	public List<ToolCallback> known() {
		List<BridgedAction> present = this.actions.known();
		Offered last = this.offered;
		if (last.actions() != present) {
			last = new Offered(present,
					present.stream().<ToolCallback>map((action) -> new RemoteTool(action, this.settings)).toList());
			this.offered = last;
		}
		return last.tools();
	}

	/**
	 * The tools for {@code ChatClient.Builder.defaultTools} or for one prompt: each
	 * prompt gets those that the server offers then.
	 * @return a provider
	 */
	public ToolCallbackProvider provider() {
		return () -> callbacks().toArray(ToolCallback[]::new);
	}

	/**
	 * Search the tools, as far as they are wanted here, by the server's own search. With
	 * very many tools a model is given those that it searched for, in place of all of
	 * them. Blocks.
	 * @param query the need of the model, in its own words; empty for all tools in the
	 * order of their names
	 * @param limit most tools that are wanted
	 * @return the tools, best first
	 * @throws io.agentsocket.protocol.ActionException UNAVAILABLE if the server does not
	 * answer, RESOURCE_EXHAUSTED if too many search
	 */
	public List<ToolDefinition> search(String query, int limit) {
		Expect.atLeast("limit", limit, 1);
		return Waiting.await(this.actions.find(query, limit).toFuture(), "the search of tools")
			.stream()
			.map((action) -> RemoteTool.definition(action, this.settings.contextArguments()))
			.toList();
	}

	/**
	 * Whether a tool is one of these. Nothing is sent.
	 * @param name name of a tool as a model knows it
	 * @return {@code false} before the tools were read
	 */
	public boolean has(String name) {
		return this.actions.known().stream().anyMatch((action) -> action.toolName().equals(name));
	}

	/**
	 * Do not listen to changes any more. The client is left as it is.
	 */
	@Override
	public void close() {
		this.actions.close();
	}

	/**
	 * Tools and the actions that they were made of.
	 *
	 * @param actions the actions
	 * @param tools the tools
	 */
	private record Offered(List<BridgedAction> actions, List<ToolCallback> tools) {

	}

	/**
	 * Builds {@link AgentSocketTools}. Not thread-safe.
	 */
	public static final class Builder extends RemoteToolsBuilder<Builder> {

		private @Nullable Function<ToolContext, AgentSocketClient> clients;

		private @Nullable ToolApproval approval;

		private Predicate<ActionDescriptor> needsApproval = (action) -> action.hints().destructive()
				&& !action.hints().approval();

		private RemoteToolListener listener = new RemoteToolListener() {
		};

		private List<String> contextArguments = List.of();

		private Predicate<ActionDescriptor> returnDirect = (action) -> false;

		private Builder(AgentSocketClient client) {
			super(client);
		}

		@Override
		protected Builder self() {
			return this;
		}

		/**
		 * Set the client by which a call is made, for applications whose users have a
		 * connection each: the server sees the principal of that connection.
		 * @param clients gives a client for the tool context of a prompt
		 * @return this
		 */
		public Builder clients(Function<ToolContext, AgentSocketClient> clients) {
			this.clients = Expect.present("clients", clients);
			return this;
		}

		/**
		 * Ask a person before destructive actions that do not ask by themselves.
		 * @param approval asks
		 * @return this
		 */
		public Builder approval(ToolApproval approval) {
			this.approval = Expect.present("approval", approval);
			return this;
		}

		/**
		 * Ask a person before certain actions.
		 * @param actions tells for an action whether to ask
		 * @param approval asks
		 * @return this
		 */
		public Builder approval(Predicate<ActionDescriptor> actions, ToolApproval approval) {
			this.needsApproval = Expect.present("actions", actions);
			return approval(approval);
		}

		/**
		 * Listen to the work of tools while the model waits.
		 * @param listener the listener
		 * @return this
		 * @see #LISTENER
		 */
		public Builder listener(RemoteToolListener listener) {
			this.listener = Expect.present("listener", listener);
			return this;
		}

		/**
		 * Take arguments from the tool context of the prompt, such as the id of a tenant.
		 * The model neither sees them in the schema nor can set them.
		 * @param names names of arguments, which are keys of the tool context too
		 * @return this
		 */
		public Builder contextArguments(String... names) {
			this.contextArguments = List.of(Expect.present("names", names));
			return this;
		}

		/**
		 * Give the results of some actions to the user, and not to the model: Spring AI
		 * ends the turn with them, when all tools of a reply are such.
		 * @param actions tells for an action whether its result is the answer
		 * @return this
		 */
		public Builder returnDirect(Predicate<ActionDescriptor> actions) {
			this.returnDirect = Expect.present("actions", actions);
			return this;
		}

		/**
		 * Build the tools. Nothing is sent.
		 * @return the tools
		 */
		public AgentSocketTools build() {
			AgentSocketClient single = client();
			Function<ToolContext, AgentSocketClient> several = this.clients;
			return new AgentSocketTools(actions(),
					new RemoteToolSettings((several != null) ? several : (context) -> single, timeout(), maxResult(),
							this.approval, this.needsApproval, this.listener, this.contextArguments,
							this.returnDirect));
		}

	}

}
