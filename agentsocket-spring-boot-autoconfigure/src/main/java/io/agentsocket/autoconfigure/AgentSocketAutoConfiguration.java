package io.agentsocket.autoconfigure;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NativeDetector;
import org.springframework.util.ClassUtils;

/**
 * Auto-configuration of the parts that server and client share: the properties and the
 * codecs.
 */
@AutoConfiguration(after = JacksonAutoConfiguration.class)
@Conditional(OnNotDisabled.class)
@EnableConfigurationProperties(AgentSocketProperties.class)
public final class AgentSocketAutoConfiguration {

	private static final String JSON = "io.agentsocket.jsonCodec";

	private static final String CBOR = "io.agentsocket.cborCodec";

	@Bean("io.agentsocket.propertyBindings")
	static PropertyBindings agentSocketPropertyBindings(ConfigurableListableBeanFactory beans) {
		return new PropertyBindings(() -> codecs(beans.getBeanNamesForType(Codec.class, true, false)),
				() -> bundles(beans.getBeanProvider(SslBundles.class)),
				(type) -> isPresent(type, beans.getBeanClassLoader()));
	}

	/** A wrong value may switch off all that would ask for the properties. */
	@Bean("io.agentsocket.propertiesLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketPropertiesLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(AgentSocketProperties.class);
	}

	/** The parts of a native image were chosen when it was built. */
	private static boolean isPresent(String type, @Nullable ClassLoader loader) {
		return NativeDetector.inNativeImage() || ClassUtils.isPresent(type, loader);
	}

	private static Set<String> bundles(ObjectProvider<SslBundles> bundles) {
		SslBundles present = bundles.getIfAvailable();
		return (present != null) ? new TreeSet<>(present.getBundleNames()) : Set.of();
	}

	/** Codecs of the application do not say their names before they are made. */
	private static Set<String> codecs(String[] beans) {
		Map<String, String> known = Map.of(JSON, "json", CBOR, "cbor");
		return known.keySet().containsAll(List.of(beans))
				? Arrays.stream(beans).map(known::get).collect(Collectors.toCollection(TreeSet::new)) : Set.of();
	}

	@Bean(JSON)
	@ConditionalOnMissingBean(name = JSON, search = SearchStrategy.CURRENT)
	JacksonCodec agentSocketJsonCodec(ObjectProvider<JsonMapper> mapper, AgentSocketProperties properties) {
		return JacksonCodec.json(mapper.getIfAvailable(() -> JsonMapper.builder().build()),
				properties.server().limits().depth());
	}

	/**
	 * CBOR binds as JSON does, by the application's {@code JsonMapper}, so that its
	 * values fit the schemas. An application that has configured CBOR gets what it
	 * configured.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(CBORMapper.class)
	static class CborConfiguration {

		@Bean(CBOR)
		@ConditionalOnMissingBean(name = CBOR, search = SearchStrategy.CURRENT)
		@Conditional(OnCborOfApplication.class)
		JacksonCodec agentSocketConfiguredCborCodec(ObjectProvider<CBORMapper> mapper,
				ObjectProvider<CBORMapper.Builder> builder, AgentSocketProperties properties) {
			CBORMapper base = mapper.getIfAvailable(() -> builder.getIfAvailable(CBORMapper::builder).build());
			return JacksonCodec.cbor(base, properties.server().limits().depth());
		}

		@Bean(CBOR)
		@ConditionalOnMissingBean(name = CBOR, search = SearchStrategy.CURRENT)
		JacksonCodec agentSocketCborCodec(ObjectProvider<JsonMapper> mapper, AgentSocketProperties properties) {
			return JacksonCodec.cbor(mapper.getIfAvailable(() -> JsonMapper.builder().build()),
					properties.server().limits().depth());
		}

	}

}
