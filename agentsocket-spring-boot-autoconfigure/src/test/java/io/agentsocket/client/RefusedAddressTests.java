package io.agentsocket.client;

import java.net.URI;
import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * A client with several addresses, one of which refuses it for good.
 */
class RefusedAddressTests {

	private final FakeServer first = new FakeServer();

	private final TestServer second = TestServer.with(Action.named("hello").handler((exchange) -> Mono.just("hello")));

	@AfterEach
	void stop() {
		this.first.close();
		this.second.close();
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 401, 403, 426 })
	void theOthersAreTried(int status) {
		this.first.refuse(status);
		AgentSocketClient client = AgentSocketClient
			.builder(List.of(URI.create(this.first.uri()), URI.create(this.second.uri())))
			.connectTimeout(Await.LONG)
			.build();
		assertThat(client.invoke("hello").toMono(String.class).block(Await.LONG)).isEqualTo("hello");
		assertThat(this.first.upgrades()).isOne();
		Await.end(client.close());
	}

	@Test
	void whereAllRefuseTheClientIsRefusedAndMayBeginAnew() throws InterruptedException {
		try (FakeServer other = new FakeServer()) {
			this.first.refuse(403);
			other.refuse(400);
			AgentSocketClient client = AgentSocketClient
				.builder(List.of(URI.create(this.first.uri()), URI.create(other.uri())))
				.connectTimeout(Await.LONG)
				.build();
			ActionException error = catchThrowableOfType(ActionException.class,
					() -> client.connect().block(Await.LONG));
			assertThat(error.getMessage()).contains(other.uri()).contains("status 400");
			assertThat(client.state()).isEqualTo(ConnectionState.REFUSED);
			client.connect().subscribe();
			this.first.accept().welcomeNew();
			Await.until(() -> client.state() == ConnectionState.CONNECTED);
			assertThat(List.of(this.first.upgrades(), other.upgrades())).containsExactly(2, 1);
			Await.end(client.close());
		}
	}

}
