package io.agentsocket.langchain4j;

import java.time.Duration;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.service.tool.ToolExecutionResult;
import dev.langchain4j.service.tool.ToolExecutor;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.bridge.BridgedAction;
import io.agentsocket.bridge.CallArguments;
import io.agentsocket.bridge.CallResult;
import io.agentsocket.bridge.FailureText;
import io.agentsocket.bridge.ScopeContext;
import io.agentsocket.bridge.Waiting;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Calls an action for LangChain4j. A failure is a result that is marked as one and says
 * to the model what to correct. An interrupt of the calling thread interrupts the action.
 */
final class RemoteExecutor implements ToolExecutor {

	private final AgentSocketClient client;

	private final BridgedAction bridged;

	private final Duration timeout;

	private final int maxResult;

	RemoteExecutor(AgentSocketClient client, BridgedAction bridged, Duration timeout, int maxResult) {
		this.client = client;
		this.bridged = bridged;
		Duration declared = bridged.action().hints().timeout();
		this.timeout = (declared != null && !declared.isZero() && declared.compareTo(timeout) < 0) ? declared : timeout;
		this.maxResult = maxResult;
	}

	@Override
	public String execute(ToolExecutionRequest request, @Nullable Object memoryId) {
		return run(request).resultText();
	}

	@Override
	public ToolExecutionResult executeWithContext(ToolExecutionRequest request, InvocationContext context) {
		return run(request);
	}

	private ToolExecutionResult run(ToolExecutionRequest request) {
		try {
			String arguments = (request.arguments() != null) ? request.arguments() : "";
			String text = Waiting.await(call(arguments).toFuture(), this.bridged.toolName());
			return ToolExecutionResult.builder().resultText(text).build();
		}
		catch (ActionException ex) {
			return ToolExecutionResult.builder()
				.isError(true)
				.resultText(FailureText.of(this.bridged.toolName(), ex))
				.build();
		}
	}

	private Mono<String> call(String arguments) {
		ActionDescriptor action = this.bridged.action();
		return Mono.defer(() -> CallResult.of(
				this.client.invoke(action.name()).arguments(CallArguments.read(arguments)).timeout(this.timeout),
				action.result(), this.maxResult, (item) -> {
				}))
			.contextWrite(ScopeContext.present());
	}

}
