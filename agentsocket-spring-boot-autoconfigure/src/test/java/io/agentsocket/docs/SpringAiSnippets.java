package io.agentsocket.docs;

import java.time.Duration;
import java.util.Map;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Progress;
import io.agentsocket.springai.AgentSocketTools;
import io.agentsocket.springai.ParallelToolCalls;
import io.agentsocket.springai.RemoteToolCall;
import io.agentsocket.springai.RemoteToolListener;
import io.agentsocket.springai.ToolContextResolver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.stereotype.Component;

/**
 * The snippets of {@code docs/spring-ai.md}.
 */
class SpringAiSnippets {

	private static final Logger logger = LoggerFactory.getLogger(SpringAiSnippets.class);

	ChatClient chatClient(ChatModel model, AgentSocketTools tools) {
		// tag::client[]
		ChatClient chat = ChatClient.builder(model).defaultTools(tools.provider()).build();
		// end::client[]
		return chat;
	}

	AgentSocketTools builder(AgentSocketClient client, Desk desk) {
		// tag::builder[]
		AgentSocketTools tools = AgentSocketTools.builder(client)
			.filter((action) -> action.tags().contains("shop"))
			.timeout(Duration.ofSeconds(20))
			.contextArguments("tenant")
			.approval((call) -> desk.ask("May the model call " + call.toolName() + " with " + call.arguments() + "?"))
			.build();
		// end::builder[]
		return tools;
	}

	ChatClient sideBySide(ChatModel model, AgentSocketTools tools) {
		// tag::side-by-side[]
		ParallelToolCalls calls = ParallelToolCalls.builder().concurrency(8).build();
		ChatClient chat = ChatClient.builder(model)
			.defaultAdvisors(ToolCallingAdvisor.builder().toolCallingManager(calls).build())
			.defaultTools(tools.provider())
			.build();
		// end::side-by-side[]
		return chat;
	}

	Flux<String> context(ChatClient chat) {
		// tag::context[]
		RemoteToolListener listener = new RemoteToolListener() {

			@Override
			public void progress(RemoteToolCall call, Progress progress) {
				logger.info("{}: {} of {}", call.toolName(), progress.done(), progress.total());
			}

			@Override
			public void item(RemoteToolCall call, Object item) {
				logger.info("{}: {}", call.toolName(), item);
			}

		};
		Flux<String> answer = chat.prompt("Which orders are late?")
			.toolContext(Map.of("tenant", "acme", AgentSocketTools.LISTENER, listener, AgentSocketTools.TIMEOUT,
					Duration.ofSeconds(5)))
			.stream()
			.content();
		// end::context[]
		return answer;
	}

	interface Desk {

		Mono<Boolean> ask(String question);

	}

	// tag::tools[]
	@Component
	class OrderTools {

		@Tool(description = "Lists the lines of an order")
		Flux<String> lines(@ToolParam(description = "Number of the order") int number, ToolContext context) {
			if (context.getContext().get(ToolContextResolver.EXCHANGE) instanceof AgentExchange exchange) {
				exchange.progress(0, null, "reading order " + number);
			}
			return Flux.just("two pens", "a ruler");
		}

	}
	// end::tools[]

}
