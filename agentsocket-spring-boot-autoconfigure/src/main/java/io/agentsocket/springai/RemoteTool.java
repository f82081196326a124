package io.agentsocket.springai;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.bridge.BridgedAction;
import io.agentsocket.bridge.CallArguments;
import io.agentsocket.bridge.CallResult;
import io.agentsocket.bridge.FailureText;
import io.agentsocket.bridge.Waiting;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.ai.tool.metadata.ToolMetadata;

/**
 * An action of a server as a tool of Spring AI.
 */
final class RemoteTool implements SideBySide {

	private static final Log logger = PrintableLog.of(RemoteTool.class);

	private final BridgedAction bridged;

	private final RemoteToolSettings settings;

	private final ToolDefinition definition;

	private final ToolMetadata metadata;

	RemoteTool(BridgedAction bridged, RemoteToolSettings settings) {
		this.bridged = bridged;
		this.settings = settings;
		this.definition = definition(bridged, settings.contextArguments());
		this.metadata = ToolMetadata.builder().returnDirect(settings.returnDirect().test(bridged.action())).build();
	}

	/** An action as a model knows it, without the parts that are hidden from models. */
	static ToolDefinition definition(BridgedAction bridged, List<String> hidden) {
		ActionDescriptor action = bridged.action();
		String description = action.description();
		if (description == null || description.isBlank()) {
			description = (action.title() != null) ? action.title() : action.name();
		}
		Map<String, Object> input = (action.input() != null) ? action.input() : Map.of("type", "object");
		return ToolDefinition.builder()
			.name(bridged.toolName())
			.description(description)
			.inputSchema(CallArguments.write(HiddenProperties.without(input, hidden)))
			.build();
	}

	@Override
	public ToolDefinition getToolDefinition() {
		return this.definition;
	}

	@Override
	public ToolMetadata getToolMetadata() {
		return this.metadata;
	}

	@Override
	public String call(String toolInput) {
		return call(toolInput, new ToolContext(Map.of()));
	}

	@Override
	public String call(String toolInput, @Nullable ToolContext toolContext) {
		ToolContext context = (toolContext != null) ? toolContext : new ToolContext(Map.of());
		return Waiting.await(run(toolInput, context).contextWrite(ChatContext.present()).toFuture(),
				this.bridged.toolName());
	}

	@Override
	public Mono<String> run(String json, ToolContext context) {
		return Mono.defer(() -> approved(call(json, context.getContext()), context))
			.onErrorMap(ActionException.class, this::forModel);
	}

	private RemoteToolCall call(String json, Map<String, Object> context) {
		Map<String, Object> arguments = CallArguments.read(json);
		Map<String, Object> schema = this.bridged.action().input();
		for (String name : this.settings.contextArguments()) {
			// The model must not choose values that the application decides.
			arguments.remove(name);
			Object value = context.get(name);
			if (value != null && HiddenProperties.has(schema, name)) {
				arguments.put(name, value);
			}
		}
		return new RemoteToolCall(this.bridged.toolName(), this.bridged.action(),
				Collections.unmodifiableMap(new LinkedHashMap<>(arguments)), context);
	}

	private Mono<String> approved(RemoteToolCall call, ToolContext context) {
		ToolApproval approval = this.settings.approval();
		if (approval == null || !this.settings.needsApproval().test(call.action())) {
			return invoke(call, context);
		}
		return approval.approve(call)
			.defaultIfEmpty(false)
			.flatMap((approved) -> approved ? invoke(call, context) : Mono.just("A person has refused this call of "
					+ call.toolName() + ". Do not call it again with these arguments."));
	}

	private Mono<String> invoke(RemoteToolCall call, ToolContext context) {
		RemoteToolListener listener = listener(call.context());
		InvocationSpec invocation = this.settings.client(context)
			.invoke(call.action().name())
			.arguments(call.arguments())
			.timeout(timeout(call))
			.onProgress((progress) -> tell(() -> listener.progress(call, progress)));
		if (call.context().get(AgentSocketTools.TRACEPARENT) instanceof String traceparent) {
			invocation.traceparent(traceparent);
		}
		Consumer<Object> items = (item) -> tell(() -> listener.item(call, item));
		return CallResult.of(invocation, call.action().result(), this.settings.maxResult(), items)
			.doOnSubscribe((subscription) -> tell(() -> listener.started(call)))
			.doOnNext((result) -> tell(() -> listener.ended(call, result)))
			.doOnError(ActionException.class,
					(ex) -> tell(() -> listener.ended(call, FailureText.of(call.toolName(), ex))));
	}

	private Duration timeout(RemoteToolCall call) {
		if (call.context().get(AgentSocketTools.TIMEOUT) instanceof Duration timeout) {
			return timeout;
		}
		Duration declared = call.action().hints().timeout();
		return (declared != null && !declared.isZero() && declared.compareTo(this.settings.timeout()) < 0) ? declared
				: this.settings.timeout();
	}

	private RemoteToolListener listener(Map<String, Object> context) {
		Object own = context.get(AgentSocketTools.LISTENER);
		return (own instanceof RemoteToolListener listener) ? listener : this.settings.listener();
	}

	private static void tell(Runnable call) {
		try {
			call.run();
		}
		catch (RuntimeException ex) {
			logger.warn("A listener of remote tools failed", ex);
		}
	}

	private RuntimeException forModel(ActionException failure) {
		String text = FailureText.of(this.bridged.toolName(), failure);
		return new ToolExecutionException(this.definition, new RemoteToolException(text, failure));
	}

	@Override
	public String toString() {
		return this.bridged.toolName();
	}

}
