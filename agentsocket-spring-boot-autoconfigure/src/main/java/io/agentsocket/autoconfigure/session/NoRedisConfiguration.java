package io.agentsocket.autoconfigure.session;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.session.SessionStore;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ResourceLoader;

/**
 * Redis is asked for, but not there.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(OnSessionStore.Redis.class)
@ConditionalOnMissingBean(SessionStore.class)
class NoRedisConfiguration {

	@Bean("io.agentsocket.sessionStore")
	SessionStore agentSessionStore(ResourceLoader loader, AgentSocketProperties properties) {
		// The properties come first: values that do not fit are reported before.
		throw RedisMissingException.of(loader.getClassLoader());
	}

}
