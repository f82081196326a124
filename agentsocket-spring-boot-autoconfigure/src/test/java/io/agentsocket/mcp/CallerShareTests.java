package io.agentsocket.mcp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.UpgradeAttempt;
import io.agentsocket.tool.AgentTools;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * The share of the threads of blocking tools that a caller has whose calls have sessions
 * of their own.
 */
class CallerShareTests {

	/** Tasks that were given a thread and have not ended. */
	private final List<Runnable> started = new ArrayList<>();

	private final ActionCatalog catalog = new ActionCatalog();

	private AgentSocketServer server;

	private McpEndpoint endpoint;

	@BeforeEach
	void start() {
		this.catalog
			.addAll(AgentTools.builder().executor(this.started::add).threads(8).build().actionsOf(new McpTools()));
		this.server = AgentSocketServer.builder(this.catalog).build();
		this.endpoint = new McpEndpoint(
				this.server.directCalls(), JacksonCodec.json(), new McpSettings("test", "1.0", null, 100_000, 100_000,
						32, Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofSeconds(5), 3, 2),
				new CallerPolicy(List.of(), List.of(), List.of()));
	}

	@AfterEach
	void stop() {
		this.endpoint.close();
		this.server.close();
	}

	private void call(@Nullable String address, @Nullable String principal) throws UnknownHostException {
		HttpHeaders headers = new HttpHeaders();
		UpgradeAttempt head = mock(UpgradeAttempt.class);
		given(head.headers()).willReturn(headers);
		InetSocketAddress remote = (address != null) ? new InetSocketAddress(InetAddress.getByName(address), 7) : null;
		given(head.remoteAddress()).willReturn(remote);
		Principal caller = (principal != null) ? () -> principal : null;
		Bytes body = Bytes.utf8(McpClient.message("tools/call", Map.of("name", "nothing", "arguments", Map.of())));
		this.endpoint.answer(new McpRequest(head, body, caller, Context.empty())).subscribe();
	}

	@Test
	void addressHasOneShareWhereNobodyLogsIn() throws Exception {
		for (int i = 0; i < 100; i++) {
			call("192.0.2.1", null);
		}
		assertThat(this.started).hasSize(4);
		call("192.0.2.2", null);
		call(null, null);
		assertThat(this.started).hasSize(6);
	}

	@Test
	void principalHasOneShareAtAllItsAddresses() throws Exception {
		for (int i = 0; i < 100; i++) {
			call("192.0.2." + i, "alice");
		}
		assertThat(this.started).hasSize(4);
		call("192.0.2.1", "bob");
		assertThat(this.started).hasSize(5);
	}

	@Test
	void callsThatWaitForTheirTurnAllEnd() throws Exception {
		for (int i = 0; i < 100; i++) {
			call("192.0.2.1", null);
		}
		while (!this.started.isEmpty()) {
			this.started.remove(0).run();
		}
		assertThat(this.endpoint.load().begun()).isEqualTo(100);
		assertThat(this.endpoint.load().calls()).isZero();
	}

}
