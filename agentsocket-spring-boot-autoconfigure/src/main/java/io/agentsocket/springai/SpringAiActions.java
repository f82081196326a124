package io.agentsocket.springai;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.bridge.CallArguments;
import io.agentsocket.tool.AgentTools;
import reactor.core.publisher.Mono;

import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * Tools of Spring AI as actions of this application. Methods with {@code @Tool} are read
 * as those with {@code @AgentTool} are: arguments are validated, cancelling reaches them,
 * and a {@code Flux} is sent item by item. A {@link ToolCallback} is called as a blocking
 * tool is, with arguments that fit its schema; cancelling interrupts its thread.
 */
public final class SpringAiActions {

	private static final SpringAiDialect DIALECT = new SpringAiDialect();

	private SpringAiActions() {
	}

	/**
	 * The methods with {@code @Tool} of single objects.
	 * @param tools reads methods; it needs a {@link ToolContextResolver} for methods that
	 * take a {@code ToolContext}
	 * @param objects the objects
	 * @return the actions by name
	 * @throws io.agentsocket.tool.InvalidToolsException if any tool is declared wrongly
	 */
	public static List<Action> ofMethods(AgentTools tools, Object... objects) {
		return tools.actionsOf(DIALECT, objects);
	}

	/**
	 * The methods with {@code @Tool} of all beans, and all {@link ToolCallback} beans but
	 * those that call another server of this protocol.
	 * @param tools reads methods
	 * @param source has the beans
	 * @return the actions
	 * @throws io.agentsocket.tool.InvalidToolsException if any tool is declared wrongly
	 */
	public static List<Action> ofBeans(AgentTools tools, ListableBeanFactory source) {
		List<Action> actions = new ArrayList<>(tools.scan(DIALECT, source));
		actions.addAll(of(tools,
				source.getBeanProvider(ToolCallback.class)
					.orderedStream()
					.filter((callback) -> !(callback instanceof SideBySide))));
		return actions;
	}

	/**
	 * Tool callbacks, such as those of a {@code ToolCallbackProvider}.
	 * @param tools runs them as its blocking tools
	 * @param callbacks the callbacks
	 * @return an action for each
	 * @throws io.agentsocket.tool.InvalidToolsException if any of them is defined wrongly
	 */
	public static List<Action> ofCallbacks(AgentTools tools, ToolCallback... callbacks) {
		return of(tools, Arrays.stream(callbacks));
	}

	private static List<Action> of(AgentTools tools, Stream<ToolCallback> callbacks) {
		CallbackDefinitions definitions = new CallbackDefinitions();
		List<Action> actions = new ArrayList<>();
		callbacks.forEach((callback) -> {
			Action.Builder action = definitions.read(callback);
			if (action != null) {
				actions.add(action.handler((exchange) -> call(tools, callback, exchange)));
			}
		});
		definitions.check();
		return actions;
	}

	private static Mono<Object> call(AgentTools tools, ToolCallback callback, AgentExchange exchange) {
		Object arguments = exchange.arguments(Object.class);
		return tools
			.blocking(exchange,
					() -> callback.call(CallArguments.write((arguments != null) ? arguments : Map.of()),
							ToolContextResolver.contextOf(exchange)))
			.map(CallArguments::readOrText)
			// Resolvers of errors look at the exception of the tool.
			.onErrorMap(ToolExecutionException.class, (ex) -> (ex.getCause() != null) ? ex.getCause() : ex);
	}

}
