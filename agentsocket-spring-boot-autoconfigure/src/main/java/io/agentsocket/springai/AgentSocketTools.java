package io.agentsocket.springai;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.bridge.BridgedAction;
import io.agentsocket.bridge.RemoteActions;
import io.agentsocket.bridge.ToolNames;
import io.agentsocket.bridge.Waiting;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.Expect;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;

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
	 * place of the one that was configured.
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

	private AgentSocketTools(Builder builder) {
		AgentSocketClient client = builder.client;
		Function<ToolContext, AgentSocketClient> clients = builder.clients;
		this.actions = new RemoteActions(client, builder.naming, builder.filter, builder.patience);
		this.settings = new RemoteToolSettings((clients != null) ? clients : (context) -> client, builder.timeout,
				builder.maxResult, builder.approval, builder.needsApproval, builder.listener, builder.contextArguments);
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
		return new Builder(Expect.present("client", client));
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
	public static final class Builder {

		private final AgentSocketClient client;

		private @Nullable Function<ToolContext, AgentSocketClient> clients;

		private UnaryOperator<String> naming = ToolNames::standard;

		private Predicate<ActionDescriptor> filter = (action) -> true;

		private Duration patience = Duration.ofSeconds(10);

		/** As long as vendors of models wait for a tool. */
		private Duration timeout = Duration.ofSeconds(60);

		/** About 25,000 tokens: what fits into the context of common models. */
		private int maxResult = 100_000;

		private @Nullable ToolApproval approval;

		private Predicate<ActionDescriptor> needsApproval = (action) -> action.hints().destructive()
				&& !action.hints().approval();

		private RemoteToolListener listener = new RemoteToolListener() {
		};

		private List<String> contextArguments = List.of();

		private Builder(AgentSocketClient client) {
			this.client = client;
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
		 * Set how tools are named. By default every character but letters, digits,
		 * {@code _} and {@code -} becomes {@code _}, and a name has at most 64
		 * characters. Names that would be the same get a hash of the name of the action.
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
		 * Set how long a prompt waits for the list of tools; 10 seconds by default.
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
		 * @see #TIMEOUT
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
		 * Listen to what tools do while the model waits.
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
		 * Build the tools. Nothing is sent.
		 * @return the tools
		 */
		public AgentSocketTools build() {
			return new AgentSocketTools(this);
		}

	}

}
