package io.agentsocket.autoconfigure;

import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SpringSessionAttributes;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Auto-configuration of where sessions live: in Redis, or in the memory of the process.
 * The application's own HTTP sessions are not touched: what is configured here is no
 * repository of Spring Session.
 */
@AutoConfiguration(before = AgentSocketAutoConfiguration.class,
		afterName = { "org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration",
				"org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
				"org.springframework.boot.session.data.redis.autoconfigure.SessionDataRedisAutoConfiguration" })
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
@EnableConfigurationProperties(AgentSocketProperties.class)
@Import({ RedisSessionConfiguration.class, AgentSocketSessionAutoConfiguration.NoRedisConfiguration.class,
		AgentSocketSessionAutoConfiguration.MemoryConfiguration.class })
public final class AgentSocketSessionAutoConfiguration {

	private static final Log logger = LogFactory.getLog(AgentSocketSessionAutoConfiguration.class);

	/**
	 * Redis is asked for, but not there.
	 */
	@Configuration(proxyBeanMethods = false)
	@Conditional(OnSessionStore.Redis.class)
	@ConditionalOnMissingBean(SessionStore.class)
	static class NoRedisConfiguration {

		@Bean
		SessionStore agentSessionStore() {
			throw RedisMissingException.of(getClass().getClassLoader());
		}

	}

	/**
	 * Sessions live as long as the process.
	 */
	@Configuration(proxyBeanMethods = false)
	static class MemoryConfiguration {

		@Bean
		@ConditionalOnMissingBean(SessionStore.class)
		InMemorySessionStore agentSessionStore() {
			logger.info("Sessions of agents are kept in the memory of this process");
			return new InMemorySessionStore();
		}

		@Bean
		@ConditionalOnMissingBean
		PodLink agentSocketPodLink() {
			return new InMemoryPods().link(PodNames.create());
		}

		@Bean
		@ConditionalOnMissingBean
		SessionAttributes agentSessionAttributes() {
			return SpringSessionAttributes.inMemory();
		}

	}

}
