package io.agentsocket.test.autoconfigure;

import java.time.Clock;

import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionStore;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of sessions that several pods of one process share, unless they are
 * in Redis.
 */
@AutoConfiguration(beforeName = "io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration",
		afterName = "org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration")
@ConditionalOnMissingBean(value = { SessionStore.class, PodLink.class },
		type = "org.springframework.data.redis.connection.ReactiveRedisConnectionFactory")
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
final class SharedSessionsAutoConfiguration {

	@Bean("io.agentsocket.test.pods")
	InMemoryPods agentSocketTestPods() {
		return new InMemoryPods();
	}

	@Bean("io.agentsocket.test.sessionStore")
	InMemorySessionStore agentSocketTestSessionStore() {
		return InMemorySessionStore.shared(Clock.systemUTC());
	}

	@Bean("io.agentsocket.test.podLink")
	PodLink agentSocketTestPodLink(InMemoryPods pods) {
		return pods.link("pod1");
	}

}
