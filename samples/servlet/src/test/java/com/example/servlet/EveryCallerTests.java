package com.example.servlet;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.springai.AgentSocketTools;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bean of an application, called by an agent in Java, by a client of MCP that is the
 * HTTP client of the JDK, and by a chat model; each as whom the filter chain says it is.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "server.address=127.0.0.1")
class EveryCallerTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private static final Pattern STATE = Pattern.compile("\"requestState\":\"([^\"]+)\"");

	private final HttpClient http = HttpClient.newHttpClient();

	@LocalServerPort
	int port;

	private AgentSocketClient agent(String user) {
		return AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket")
			.headers((headers) -> headers.setBasicAuth(user, "secret"))
			.build();
	}

	@Test
	void anAgentInJavaCallsTheBean() {
		AgentSocketClient agent = agent("ann");
		assertThat(agent.invoke("orders.caller").toMono(String.class).block(TIMEOUT)).startsWith("ann/");
		agent.close().block(TIMEOUT);
	}

	@Test
	void aClientOfMcpCallsTheBean() throws Exception {
		assertThat(mcp("ann", "tools/list", "", "").body()).contains("\"name\":\"orders.caller\"");
		assertThat(mcp("ann", "tools/call", "orders.caller", ",\"arguments\":{}").body()).contains("\"text\":\"ann/")
			.contains("ROLE_USER");
	}

	@Test
	void theFilterChainStandsBeforeTheEndpointOfMcp() throws Exception {
		assertThat(mcp("", "tools/list", "", "").statusCode()).isEqualTo(401);
		assertThat(mcp("nobody", "tools/list", "", "").statusCode()).isEqualTo(401);
	}

	@Test
	void rulesOfMethodsHoldForClientsOfMcp() throws Exception {
		String number = ",\"arguments\":{\"number\":7}";
		// Callers do not see what they may not call.
		assertThat(mcp("ann", "tools/list", "", "").body()).doesNotContain("orders.delete");
		assertThat(mcp("ann", "tools/call", "orders.delete", number).body()).contains("Unknown tool: orders.delete");
		assertThat(mcp("bob", "tools/call", "orders.delete", number).body()).contains("deleted 7");
	}

	@Test
	void aQuestionInMidCallIsAnsweredByTheNextRequest() throws Exception {
		String arguments = ",\"arguments\":{\"number\":7}";
		String question = mcp("ann", "tools/call", "orders.cancel", arguments).body();
		assertThat(question).contains("\"resultType\":\"input_required\"").contains("Cancel order 7?");
		Matcher state = STATE.matcher(question);
		assertThat(state.find()).isTrue();
		String answer = arguments + ",\"requestState\":\"" + state.group(1) + "\",\"inputResponses\":{\"q1\":"
				+ "{\"action\":\"accept\",\"content\":{\"value\":true}}}";
		assertThat(mcp("bob", "tools/call", "orders.cancel", answer).body()).contains("-32602");
		assertThat(mcp("ann", "tools/call", "orders.cancel", answer).body()).contains("order 7 is cancelled by ann");
	}

	private HttpResponse<String> mcp(String user, String method, String tool, String more) throws Exception {
		String name = tool.isEmpty() ? "" : "\"name\":\"" + tool + "\",";
		String body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\",\"params\":{" + name
				+ "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
				+ "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"test\",\"version\":\"1\"},"
				+ "\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{}}}" + more + "}}";
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + "/mcp"))
			.header("Content-Type", "application/json")
			.header("Accept", "application/json, text/event-stream")
			.header("MCP-Protocol-Version", "2026-07-28")
			.header("Mcp-Method", method)
			.POST(HttpRequest.BodyPublishers.ofString(body));
		if (!tool.isEmpty()) {
			request.header("Mcp-Name", tool);
		}
		if (!user.isEmpty()) {
			request.header("Authorization",
					"Basic " + Base64.getEncoder().encodeToString((user + ":secret").getBytes(StandardCharsets.UTF_8)));
		}
		return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	@Test
	void aChatModelCallsTheBean() {
		AgentSocketClient agent = agent("bob");
		AgentSocketTools tools = AgentSocketTools.of(agent);
		ChatClient chat = ChatClient.builder(new Model()).defaultTools(tools.provider()).build();
		assertThat(chat.prompt("Who am I?").call().content()).contains("bob/").contains("ROLE_ADMIN");
		agent.close().block(TIMEOUT);
	}

	/** A model without a network: calls a tool, and answers with its result. */
	private static final class Model implements ChatModel {

		@Override
		public ChatOptions getOptions() {
			return ToolCallingChatOptions.builder().build();
		}

		@Override
		public ChatResponse call(Prompt prompt) {
			List<Message> messages = prompt.getInstructions();
			Message last = messages.get(messages.size() - 1);
			AssistantMessage reply = (last instanceof ToolResponseMessage results)
					? new AssistantMessage(results.getResponses().get(0).responseData())
					: AssistantMessage.builder()
						.content("")
						.toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "orders_caller", "{}")))
						.build();
			return new ChatResponse(List.of(new Generation(reply)));
		}

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Container {

		@Bean
		TomcatServletWebServerFactory container() {
			return new TomcatServletWebServerFactory();
		}

	}

}
