package io.agentsocket.security;

import java.util.concurrent.Callable;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;
import org.springframework.core.convert.converter.Converter;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtReactiveAuthenticationManager;
import org.springframework.security.oauth2.server.resource.authentication.OpaqueTokenReactiveAuthenticationManager;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.introspection.ReactiveOpaqueTokenAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.introspection.ReactiveOpaqueTokenIntrospector;

/**
 * Authenticates bearer tokens with the application's means for its resource server: the
 * decoder of JWTs or the introspector of opaque tokens, reactive or not, and the
 * converter that makes authentications. Blocking ones run where blocking is allowed.
 */
@Internal
public final class BearerTokens {

	private final ConfigurableListableBeanFactory beans;

	private BearerTokens(ConfigurableListableBeanFactory beans) {
		this.beans = beans;
	}

	/**
	 * Find the beans.
	 * @param beans the beans of the application
	 * @return authenticates a {@code BearerTokenAuthenticationToken}, or {@code null}
	 * when the application has nothing for it
	 */
	public static @Nullable ReactiveAuthenticationManager in(BeanFactory beans) {
		return (beans instanceof ConfigurableListableBeanFactory all) ? new BearerTokens(all).manager() : null;
	}

	private @Nullable ReactiveAuthenticationManager manager() {
		ReactiveJwtDecoder decoder = decoder();
		if (decoder != null) {
			JwtReactiveAuthenticationManager manager = new JwtReactiveAuthenticationManager(decoder);
			Converter<Jwt, Mono<AbstractAuthenticationToken>> converter = jwtConverter();
			if (converter != null) {
				manager.setJwtAuthenticationConverter(converter);
			}
			return manager;
		}
		ReactiveOpaqueTokenIntrospector introspector = introspector();
		if (introspector == null) {
			return null;
		}
		OpaqueTokenReactiveAuthenticationManager manager = new OpaqueTokenReactiveAuthenticationManager(introspector);
		ReactiveOpaqueTokenAuthenticationConverter reactive = find(ReactiveOpaqueTokenAuthenticationConverter.class);
		OpaqueTokenAuthenticationConverter converter = find(OpaqueTokenAuthenticationConverter.class);
		if (reactive != null) {
			manager.setAuthenticationConverter(reactive);
		}
		else if (converter != null) {
			manager.setAuthenticationConverter(
					(token, principal) -> Mono.fromCallable(() -> converter.convert(token, principal)));
		}
		return manager;
	}

	private <T> @Nullable T find(Class<T> type) {
		return this.beans.getBeanProvider(type).getIfAvailable();
	}

	private @Nullable ReactiveJwtDecoder decoder() {
		ReactiveJwtDecoder reactive = find(ReactiveJwtDecoder.class);
		JwtDecoder blocking = (reactive == null) ? find(JwtDecoder.class) : null;
		return (blocking != null) ? (token) -> elsewhere(() -> blocking.decode(token)) : reactive;
	}

	private @Nullable ReactiveOpaqueTokenIntrospector introspector() {
		ReactiveOpaqueTokenIntrospector reactive = find(ReactiveOpaqueTokenIntrospector.class);
		OpaqueTokenIntrospector blocking = (reactive == null) ? find(OpaqueTokenIntrospector.class) : null;
		return (blocking != null) ? (token) -> elsewhere(() -> blocking.introspect(token)) : reactive;
	}

	private static <T> Mono<T> elsewhere(Callable<T> call) {
		return Mono.fromCallable(call).subscribeOn(Schedulers.boundedElastic());
	}

	/** The first converter of JWTs, whichever of the two kinds it is. */
	@SuppressWarnings("unchecked")
	private @Nullable Converter<Jwt, Mono<AbstractAuthenticationToken>> jwtConverter() {
		for (String name : this.beans.getBeanNamesForType(Converter.class)) {
			Converter<Jwt, Object> bean = (Converter<Jwt, Object>) this.beans.getBean(name);
			ResolvableType type = type(name, bean);
			Class<?> target = type.getGeneric(1).resolve(Object.class);
			if (type.getGeneric(0).resolve(Object.class) != Jwt.class) {
				continue;
			}
			if (Mono.class.isAssignableFrom(target)) {
				return (jwt) -> (Mono<AbstractAuthenticationToken>) bean.convert(jwt);
			}
			if (Authentication.class.isAssignableFrom(target)) {
				return (jwt) -> Mono.justOrEmpty((AbstractAuthenticationToken) bean.convert(jwt));
			}
		}
		return null;
	}

	/** As it is declared: of a lambda the class says nothing. */
	private ResolvableType type(String name, Object bean) {
		ResolvableType declared = this.beans.containsBeanDefinition(name)
				? this.beans.getMergedBeanDefinition(name).getResolvableType().as(Converter.class)
				: ResolvableType.NONE;
		return declared.hasResolvableGenerics() ? declared : ResolvableType.forInstance(bean).as(Converter.class);
	}

}
