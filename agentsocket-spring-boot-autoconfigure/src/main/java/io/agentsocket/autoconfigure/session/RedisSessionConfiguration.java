package io.agentsocket.autoconfigure.session;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.codec.DeclaredTypes;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.codec.declared.ValueRules;
import io.agentsocket.session.OneTimeValues;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.redis.GuardedConnections;
import io.agentsocket.session.redis.LoopConnections;
import io.agentsocket.session.redis.RedisOneTimeValues;
import io.agentsocket.session.redis.RedisPodLink;
import io.agentsocket.session.redis.RedisSessionAttributes;
import io.agentsocket.session.redis.RedisSessionStore;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.session.data.redis.ReactiveRedisSessionRepository;
import org.springframework.session.data.redis.config.annotation.SpringSessionRedisConnectionFactory;

/**
 * Sessions in Redis, with the connection that Spring Session would use.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({ ReactiveRedisConnectionFactory.class, ReactiveRedisSessionRepository.class })
@Conditional(OnSessionStore.NotMemory.class)
@ConditionalOnBean(ReactiveRedisConnectionFactory.class)
class RedisSessionConfiguration {

	private static final Log logger = LogFactory.getLog(RedisSessionConfiguration.class);

	private final GuardedConnections factory;

	private final String namespace;

	private final @Nullable LoopConnections loops;

	RedisSessionConfiguration(@SpringSessionRedisConnectionFactory ObjectProvider<ReactiveRedisConnectionFactory> ours,
			ObjectProvider<ReactiveRedisConnectionFactory> factories, AgentSocketProperties properties) {
		ReactiveRedisConnectionFactory marked = ours.getIfAvailable();
		this.factory = new GuardedConnections((marked != null) ? marked : factories.getObject());
		this.namespace = properties.session().redis().namespace();
		this.loops = properties.session().redis().eventLoopConnections() ? LoopConnections.to(this.factory) : null;
	}

	@Bean("io.agentsocket.redisLifecycle")
	RedisLifecycle agentSocketRedisLifecycle(AgentSocketProperties properties, ObjectProvider<SessionStore> store) {
		return new RedisLifecycle(this.factory, this.loops, () -> store.getIfAvailable() instanceof RedisSessionStore,
				properties.session().store() == AgentSocketProperties.Store.REDIS);
	}

	@Bean("io.agentsocket.sessionStore")
	@ConditionalOnMissingBean(SessionStore.class)
	RedisSessionStore agentSessionStore() {
		RedisSessionStore store = new RedisSessionStore(this.factory, this.namespace, this.loops);
		logger.info("Sessions of agents are kept in Redis, namespace '" + this.namespace + "'");
		return store;
	}

	@Bean("io.agentsocket.podLink")
	@ConditionalOnMissingBean(PodLink.class)
	RedisPodLink agentSocketPodLink(AgentSocketProperties properties) {
		return new RedisPodLink(this.factory, this.namespace, PodNames.create(), properties.session().podTimeout());
	}

	@Bean("io.agentsocket.oneTimeValues")
	@ConditionalOnMissingBean(OneTimeValues.class)
	RedisOneTimeValues agentSocketOneTimeValues() {
		return new RedisOneTimeValues(this.factory, this.namespace);
	}

	@Bean("io.agentsocket.sessionAttributes")
	@ConditionalOnMissingBean
	SessionAttributes agentSessionAttributes(ObjectProvider<JsonMapper> mapper) {
		return RedisSessionAttributes.create(this.factory, this.namespace,
				attributeMapper(mapper.getIfAvailable(() -> JsonMapper.builder().build())));
	}

	/** Attributes are written and held to their types as results are. */
	static JsonMapper attributeMapper(JsonMapper base) {
		return base.rebuild().addModule(new DeclaredTypes()).addModule(new ValueRules(Strictness.DECLARED)).build();
	}

}
