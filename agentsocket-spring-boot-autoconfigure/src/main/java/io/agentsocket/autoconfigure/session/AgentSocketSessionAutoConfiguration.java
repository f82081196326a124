package io.agentsocket.autoconfigure.session;

import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.OnWebStack;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Import;

/**
 * Auto-configuration of where sessions live: in Redis, or in the memory of the process.
 * The application's own HTTP sessions are not touched: what is configured here is no
 * repository of Spring Session. Where there is no server, there are no sessions to keep.
 */
@AutoConfiguration(before = AgentSocketAutoConfiguration.class,
		afterName = { "org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration",
				"org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
				"org.springframework.boot.session.data.redis.autoconfigure.SessionDataRedisAutoConfiguration" })
@Conditional(OnWebStack.class)
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.server.enabled" }, matchIfMissing = true)
@EnableConfigurationProperties(AgentSocketProperties.class)
// Each one steps back for those before it. Nested classes would come first.
@Import({ RedisSessionConfiguration.class, NoRedisConfiguration.class, MemorySessionConfiguration.class })
@ConditionalOnBooleanProperty(name = "agentsocket.function.enabled", havingValue = false, matchIfMissing = true)
public final class AgentSocketSessionAutoConfiguration {

}
