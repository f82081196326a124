package io.agentsocket.mcp;

import java.net.InetSocketAddress;
import java.net.URI;
import java.security.Principal;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.Question;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.TestWeb;
import io.agentsocket.server.UpgradeAttempt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A request that brings an answer is authenticated by itself, and its caller is the one
 * of the call from then on.
 */
class McpIdentityTests extends McpFixture {

	private JsonNode call(Principal principal, Map<String, Object> params) {
		HttpHeaders headers = new HttpHeaders();
		McpClient.headers("tools/call", "whoever").forEach(headers::set);
		Bytes body = Bytes.utf8(McpClient.message("tools/call", McpClient.params(params, Map
			.of("io.modelcontextprotocol/clientCapabilities", Map.of("elicitation", Map.of("form", Map.of()))))));
		McpAnswer answer = this.endpoint.answer(new McpRequest(new Head(headers), body, principal, Context.empty()))
			.block(Await.LONG);
		answer.over().run();
		return JsonMapper.shared().readTree(answer.body().toUtf8());
	}

	@Test
	void aParkedCallGoesOnWithTheRightsOfTheRequestThatBringsTheAnswer() {
		start(TestWeb.NETTY, new McpSettings("test", "1.0", null, 100_000, 100_000, 32, Duration.ofMinutes(5),
				Duration.ofMinutes(5), Duration.ofMillis(100), 3, 2),
				new CallerPolicy(List.of(), List.of(), List.of()));
		this.catalog.add(Action.named("whoever")
			.handler((exchange) -> exchange.ask(Question.of("Sure?", String.class))
				.map((answer) -> "role " + ((User) exchange.principal()).role())));
		JsonNode first = call(new User("carol", "ADMIN"), Map.of("name", "whoever", "arguments", Map.of()));
		String state = first.path("result").path("requestState").asString();
		JsonNode second = call(new User("carol", "USER"), Map.of("name", "whoever", "requestState", state,
				"inputResponses", Map.of("q1", Map.of("action", "accept", "content", Map.of("value", "yes")))));
		assertThat(second.toString()).contains("role USER");
	}

	private record User(String name, String role) implements Principal {

		@Override
		public String getName() {
			return this.name;
		}

	}

	private record Head(HttpHeaders headers) implements UpgradeAttempt {

		@Override
		public String method() {
			return "POST";
		}

		@Override
		public URI uri() {
			return URI.create("http://localhost/mcp");
		}

		@Override
		public @Nullable InetSocketAddress localAddress() {
			return null;
		}

		@Override
		public @Nullable InetSocketAddress remoteAddress() {
			return null;
		}

		@Override
		public boolean hasHeader(Collection<String> names) {
			return false;
		}

	}

}
