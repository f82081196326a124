package io.agentsocket.server;

import java.time.Clock;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.server.bounds.InvocationRates;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class AnotherPodTests {

	@Test
	void otherPodHasTheRatesOfTheFirstOne() {
		InvocationRates.SessionRate rate = (action) -> InvocationRates.Answer.GRANTED;
		InMemoryPods pods = new InMemoryPods();
		AgentSocketServer first = AgentSocketServer.builder(new ActionCatalog())
			.store(InMemorySessionStore.shared(Clock.systemUTC()))
			.link(pods.link("first"))
			.invocationRates(() -> rate)
			.build();
		AgentSocketServer second = first.anotherPod(pods.link("second"));
		try {
			assertThat(second.bounds().openRate()).isSameAs(rate);
		}
		finally {
			second.close();
			first.close();
		}
	}

}
