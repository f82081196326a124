package io.agentsocket.client;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.action.ActionDescriptor;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server whose list of actions has no end.
 */
class EndlessCatalogTests {

	@Test
	void aPageWithoutActionsIsTheLastOne() throws Exception {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).connectTimeout(Await.LONG).build();
			CompletableFuture<List<ActionDescriptor>> list = agent.actions().toFuture();
			FakeServer.Connection connection = server.accept().welcomeNew();
			connection.answer(connection.invoke(),
					Map.of("actions", List.of(Map.of("name", "weather.current")), "total", 9, "next", "1"));
			connection.answer(connection.invoke(), Map.of("actions", List.of(), "total", 9, "next", "2"));
			assertThat(list.get(Await.LONG.toMillis(), TimeUnit.MILLISECONDS)).extracting(ActionDescriptor::name)
				.containsExactly("weather.current");
			Mono<Void> closed = agent.close().cache();
			closed.subscribe();
			connection.close(1000);
			closed.block(Await.LONG);
		}
	}

	@Test
	void aPageWithoutANewActionIsTheLastOne() throws Exception {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).connectTimeout(Await.LONG).build();
			CompletableFuture<List<ActionDescriptor>> list = agent.actions().toFuture();
			FakeServer.Connection connection = server.accept().welcomeNew();
			Map<String, Object> page = Map.of("actions", List.of(Map.of("name", "weather.current")), "total", 9, "next",
					"1");
			connection.answer(connection.invoke(), page);
			connection.answer(connection.invoke(), page);
			assertThat(list.get(Await.LONG.toMillis(), TimeUnit.MILLISECONDS)).extracting(ActionDescriptor::name)
				.containsExactly("weather.current");
			Mono<Void> closed = agent.close().cache();
			closed.subscribe();
			connection.close(1000);
			closed.block(Await.LONG);
		}
	}

}
