package com.example.servlet;

import java.time.Duration;

import io.agentsocket.server.AgentSocketServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connections when the application stops: agents are told to leave, and the web server
 * does not wait for them.
 */
class DrainTests {

	@ParameterizedTest
	@ValueSource(classes = { TomcatServletWebServerFactory.class, JettyServletWebServerFactory.class })
	void anIdleConnectionIsClosedAtOnceWith4000(Class<?> container) throws Exception {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(ServletApplication.class, container).run(
				"--server.port=0", "--server.address=127.0.0.1", "--spring.lifecycle.timeout-per-shutdown-phase=120s",
				"--agentsocket.server.drain-timeout=110s", "--agentsocket.server.drain-spread=1s");
		int port = context.getEnvironment().getRequiredProperty("local.server.port", int.class);
		try (PlainAgent agent = new PlainAgent(port)) {
			assertThat(agent.hello(Tokens.of("ann"))).isTrue();
			long begin = System.nanoTime();
			AgentSocketServer server = context.getBean(AgentSocketServer.class);
			context.close();
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(60));
			assertThat(agent.closeCode()).isEqualTo(4000);
			// The agent may hear of the end a moment before the server has noted it.
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> server.connections() == 0);
		}
		finally {
			context.close();
		}
	}

}
