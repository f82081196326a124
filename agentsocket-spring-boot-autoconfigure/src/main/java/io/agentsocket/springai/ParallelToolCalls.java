package io.agentsocket.springai;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.agentsocket.protocol.Expect;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.DefaultToolCallingManager;
import org.springframework.ai.model.tool.ToolCallLimitBehavior;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.ToolExecutionResult;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.resolution.ToolCallbackResolver;

/**
 * Calls the tools of one reply of a model side by side: remote tools share one connection
 * and need no thread while they run. Tools of other kinds run one after another on the
 * caller's thread, as Spring AI does it, while the remote ones run. The results are in
 * the order of the calls. Thread-safe.
 *
 * <p>
 * Everything else is left to Spring AI's own {@link DefaultToolCallingManager}:
 * observations, exceptions, and the limits of calls in one turn. Unlike there, a model
 * that calls too often or calls a tool that does not exist is told so, and the
 * conversation goes on.
 */
public final class ParallelToolCalls implements ToolCallingManager {

	private final ToolCallingManager delegate;

	private final @Nullable ToolCallbackResolver resolver;

	private final CallQuota quota;

	private final int concurrency;

	private ParallelToolCalls(Builder builder) {
		DefaultToolCallingManager.Builder spring = ToolCallingManager.builder()
			.onLimitExceeded(ToolCallLimitBehavior.RETURN_ERROR_RESPONSE)
			.maxCallsPerTool(builder.maxCallsPerTool)
			.maxTotalToolCalls(builder.maxCalls);
		builder.customizers.forEach((customizer) -> customizer.accept(spring));
		ToolCallbackResolver fallback = builder.resolver;
		if (fallback != null) {
			spring.toolCallbackResolver(fallback).resolutionFallbackEnabled(true);
		}
		this.resolver = fallback;
		this.delegate = spring.build();
		this.quota = new CallQuota(builder.maxCallsPerTool, builder.maxCalls);
		this.concurrency = builder.concurrency;
	}

	/**
	 * Side by side with the defaults of the builder.
	 * @return a manager of tool calls
	 */
	public static ParallelToolCalls create() {
		return builder().build();
	}

	/**
	 * Start to build.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	@Override
	public List<ToolDefinition> resolveToolDefinitions(ToolCallingChatOptions chatOptions) {
		return this.delegate.resolveToolDefinitions(chatOptions);
	}

	@Override
	public ToolExecutionResult executeToolCalls(Prompt prompt, ChatResponse chatResponse) {
		List<ToolCall> calls = calls(chatResponse);
		if (calls.isEmpty() || !(prompt.getOptions() instanceof ToolCallingChatOptions options)) {
			return this.delegate.executeToolCalls(prompt, chatResponse);
		}
		Map<String, ToolCallback> tools = new HashMap<>();
		List<ToolCallback> given = options.getToolCallbacks();
		if (given != null) {
			given.forEach((tool) -> tools.putIfAbsent(tool.getToolDefinition().name(), tool));
		}
		resolve(calls, tools);
		try (Reply reply = new Reply(this.quota.allowed(prompt.getInstructions(), calls), tools, this.concurrency)) {
			List<ToolCallback> prepared = new ArrayList<>();
			tools.forEach((name, tool) -> prepared.add(reply.callback(name, tool)));
			unknown(calls, tools.keySet()).forEach((name) -> prepared.add(new UnknownTool(name, tools.keySet())));
			ToolCallingChatOptions with = options.mutate().toolCallbacks(prepared).build();
			return this.delegate.executeToolCalls(new Prompt(prompt.getInstructions(), with), chatResponse);
		}
	}

	private void resolve(List<ToolCall> calls, Map<String, ToolCallback> tools) {
		if (this.resolver != null) {
			for (ToolCall call : calls) {
				ToolCallback found = tools.containsKey(call.name()) ? null : this.resolver.resolve(call.name());
				if (found != null) {
					tools.put(call.name(), found);
				}
			}
		}
	}

	private static List<ToolCall> calls(ChatResponse response) {
		return response.getResults()
			.stream()
			.map((generation) -> generation.getOutput())
			.filter(AssistantMessage::hasToolCalls)
			.findFirst()
			.map(AssistantMessage::getToolCalls)
			.orElse(List.of());
	}

	private static Collection<String> unknown(List<ToolCall> calls, Set<String> known) {
		return calls.stream()
			.map(ToolCall::name)
			.filter((name) -> !known.contains(name))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	/**
	 * Builds {@link ParallelToolCalls}. Not thread-safe.
	 */
	public static final class Builder {

		/** Calls of one reply that are worth it; more wait for each other. */
		private int concurrency = 16;

		private int maxCallsPerTool = DefaultToolCallingManager.DEFAULT_MAX_CALLS_PER_TOOL;

		private int maxCalls = DefaultToolCallingManager.DEFAULT_MAX_TOTAL_TOOL_CALLS;

		private @Nullable ToolCallbackResolver resolver;

		private final List<Consumer<DefaultToolCallingManager.Builder>> customizers = new ArrayList<>();

		private Builder() {
		}

		/**
		 * Set how many remote tools of one reply run at the same time; 16 by default.
		 * @param concurrency at least 1
		 * @return this
		 */
		public Builder concurrency(int concurrency) {
			this.concurrency = Expect.atLeast("concurrency", concurrency, 1);
			return this;
		}

		/**
		 * Set how often one tool may be called in a turn; 40 by default, as in Spring AI.
		 * @param calls at least 1
		 * @return this
		 */
		public Builder maxCallsPerTool(int calls) {
			this.maxCallsPerTool = Expect.atLeast("calls", calls, 1);
			return this;
		}

		/**
		 * Set how many calls there may be in a turn; 150 by default, as in Spring AI.
		 * @param calls at least 1
		 * @return this
		 */
		public Builder maxCalls(int calls) {
			this.maxCalls = Expect.atLeast("calls", calls, 1);
			return this;
		}

		/**
		 * Look up tools that the prompt does not have, by the name that the model says.
		 * Without it the tools of a prompt are the only ones that can be called.
		 * @param resolver finds a tool by its name
		 * @return this
		 */
		public Builder resolver(ToolCallbackResolver resolver) {
			this.resolver = Expect.present("resolver", resolver);
			return this;
		}

		/**
		 * Change Spring AI's own settings, such as the registry of observations. Limits
		 * that are set here are not known to what runs side by side; use
		 * {@link #maxCalls(int)} and {@link #maxCallsPerTool(int)}.
		 * @param customizer changes the settings
		 * @return this
		 */
		public Builder springAi(Consumer<DefaultToolCallingManager.Builder> customizer) {
			this.customizers.add(Expect.present("customizer", customizer));
			return this;
		}

		/**
		 * Build it.
		 * @return a manager of tool calls
		 */
		public ParallelToolCalls build() {
			return new ParallelToolCalls(this);
		}

	}

}
