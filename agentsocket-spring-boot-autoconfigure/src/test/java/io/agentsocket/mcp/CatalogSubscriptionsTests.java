package io.agentsocket.mcp;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.UpgradeAttempt;
import io.agentsocket.session.Identities;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Subscriptions of MCP clients take places, and end.
 */
class CatalogSubscriptionsTests {

	private final CatalogSubscriptions subscriptions = new CatalogSubscriptions(1, Duration.ofDays(1));

	private McpAnswer open() {
		RpcMessage message = new RpcMessage();
		message.id = Bytes.utf8("1");
		return this.subscriptions.open(message, "address 192.0.2.1", null);
	}

	@Test
	void answerThatNobodyWritesTakesNoPlace() {
		open().over().run();
		assertThat(this.subscriptions.size()).isZero();
		McpAnswer next = open();
		Disposable reading = next.events().subscribe();
		assertThat(this.subscriptions.size()).isEqualTo(1);
		reading.dispose();
		next.over().run();
		assertThat(this.subscriptions.size()).isZero();
		open().over().run();
	}

	@Test
	void clientThatLeavesWhileItIsToldTheEndWaitsForNobody() {
		CountDownLatch gone = new CountDownLatch(1);
		AtomicBoolean inTime = new AtomicBoolean();
		AtomicInteger told = new AtomicInteger();
		open().events().subscribe(new BaseSubscriber<>() {

			@Override
			protected void hookOnNext(Bytes event) {
				if (told.incrementAndGet() == 2) {
					new Thread(() -> {
						cancel();
						gone.countDown();
					}).start();
					Await.until(gone);
					inTime.set(true);
				}
			}

		});
		this.subscriptions.close();
		assertThat(inTime).isTrue();
		assertThat(this.subscriptions.size()).isZero();
	}

	@Test
	void subscriptionEndsWithTheCredentialOfItsCaller() {
		Identities identities = new Identities() {

			@Override
			public Instant expiresAt(Principal principal) {
				return principal.getName().equals("always") ? Instant.MAX : Instant.now().plusMillis(200);
			}

		};
		McpSettings settings = new McpSettings("test", "1.0", null, 100_000, 100_000, 32, Duration.ofMinutes(5),
				Duration.ofMinutes(5), Duration.ofMinutes(5), 3, 2);
		try (AgentSocketServer server = AgentSocketServer.builder(new ActionCatalog()).identities(identities).build();
				McpEndpoint endpoint = new McpEndpoint(server.directCalls(), JacksonCodec.json(), settings,
						new CallerPolicy(List.of(), List.of(), List.of()))) {
			List<String> always = new CopyOnWriteArrayList<>();
			listen(endpoint, "always").map(Bytes::toUtf8).subscribe(always::add);
			List<Bytes> events = listen(endpoint, "shortly").collectList().block(Await.LONG);
			assertThat(events).hasSize(2);
			assertThat(events.get(1).toUtf8()).contains("\"resultType\":\"complete\"");
			assertThat(endpoint.load().subscriptions()).isEqualTo(1);
			assertThat(always).hasSize(1);
		}
	}

	private static Flux<Bytes> listen(McpEndpoint endpoint, String caller) {
		HttpHeaders headers = new HttpHeaders();
		McpClient.headers("subscriptions/listen", null).forEach(headers::set);
		headers.set(HttpHeaders.ACCEPT, "text/event-stream");
		UpgradeAttempt head = mock(UpgradeAttempt.class);
		given(head.headers()).willReturn(headers);
		Map<String, Object> params = McpClient.params(Map.of("notifications", Map.of("toolsListChanged", true)));
		Bytes body = Bytes.utf8(McpClient.message("subscriptions/listen", params));
		return endpoint.answer(new McpRequest(head, body, () -> caller, Context.empty())).block().events();
	}

}
