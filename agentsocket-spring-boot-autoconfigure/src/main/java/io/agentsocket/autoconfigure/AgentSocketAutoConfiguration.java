package io.agentsocket.autoconfigure;

import io.agentsocket.codec.JacksonCodec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of what server and client share: the properties and the codecs.
 */
@AutoConfiguration(after = JacksonAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
@EnableConfigurationProperties(AgentSocketProperties.class)
public final class AgentSocketAutoConfiguration {

	@Bean("io.agentsocket.jsonCodec")
	@ConditionalOnMissingBean(name = "io.agentsocket.jsonCodec")
	JacksonCodec agentSocketJsonCodec(ObjectProvider<JsonMapper> mapper, AgentSocketProperties properties) {
		return JacksonCodec.json(mapper.getIfAvailable(() -> JsonMapper.builder().build()),
				PropertyChecks.depth(properties));
	}

	/**
	 * CBOR, by the application's own mapper or, where there is none, one from its
	 * builder.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(CBORMapper.class)
	static class CborConfiguration {

		@Bean("io.agentsocket.cborCodec")
		@ConditionalOnMissingBean(name = "io.agentsocket.cborCodec")
		JacksonCodec agentSocketCborCodec(ObjectProvider<CBORMapper> mapper, ObjectProvider<CBORMapper.Builder> builder,
				AgentSocketProperties properties) {
			CBORMapper base = mapper.getIfAvailable(() -> builder.getIfAvailable(CBORMapper::builder).build());
			return JacksonCodec.cbor(base, PropertyChecks.depth(properties));
		}

	}

}
