package io.agentsocket.session;

import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

class SessionLogTests {

	private final LogLines lines = LogLines.of(SessionLog.class);

	@AfterEach
	void forget() {
		this.lines.close();
	}

	@Test
	void eachStepIsOneLineWithSessionAndPrincipal() {
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.sessionListener(new SessionLog()),
				Action.named("echo").handler((exchange) -> Mono.just("x")))) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri())
				.software("evil\nINFO Session x has ended", "1\u202e2")
				.headers((headers) -> headers.set(TestServer.PRINCIPAL, "ann"))
				.build();
			agent.connect().block(Await.LONG);
			String id = agent.sessionId();
			agent.close().block(Await.LONG);
			Await.untilAsserted(() -> assertThat(this.lines.texts()).containsExactly(
					"Session " + id + " of 'ann' is opened by agent 'evil?INFO Session x has ended' 1?2",
					"Session " + id + " of 'ann' has no connection any more: SESSION_ENDED (1000)",
					"Session " + id + " of 'ann' has ended: BY_OTHER_SIDE"));
			assertThat(this.lines.list).allSatisfy((line) -> {
				assertThat(line.getMDCPropertyMap()).containsEntry(SessionMdc.SESSION, id)
					.containsEntry(SessionMdc.PRINCIPAL, "ann");
				assertThat(line.getThrowableProxy()).isNull();
			});
			assertThat(MDC.get(SessionMdc.SESSION)).isNull();
		}
	}

}
