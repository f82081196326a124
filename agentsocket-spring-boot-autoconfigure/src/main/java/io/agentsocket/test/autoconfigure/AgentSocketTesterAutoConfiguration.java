package io.agentsocket.test.autoconfigure;

import java.net.URI;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.AgentSocketTesterBuilder;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.test.http.server.LocalTestWebServer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of a tester of the application's own server.
 */
@AutoConfiguration(afterName = "io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration")
@ConditionalOnBean(AgentSocketServer.class)
final class AgentSocketTesterAutoConfiguration {

	@Bean("io.agentsocket.test.tester")
	@ConditionalOnMissingBean
	AgentSocketTester agentSocketTester(AgentSocketServer server, AgentSocketProperties properties,
			ObjectProvider<InMemoryPods> pods, ApplicationContext context) {
		LocalTestWebServer web = LocalTestWebServer.get(context);
		if (web != null) {
			return AgentSocketTester.connectTo(server, () -> uri(web, properties.server().path())).build();
		}
		AgentSocketTesterBuilder builder = AgentSocketTester.bindTo(server);
		pods.ifAvailable((links) -> builder.podLinks(links::link));
		return builder.build();
	}

	private static URI uri(LocalTestWebServer web, String path) {
		return URI.create(web.uri(path).replaceFirst("^http", "ws"));
	}

}
