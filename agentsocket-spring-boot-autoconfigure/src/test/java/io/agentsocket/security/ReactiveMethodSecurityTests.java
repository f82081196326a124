package io.agentsocket.security;

import org.junit.jupiter.api.Test;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools with {@link EnableReactiveMethodSecurity}, which by itself knows nothing but
 * publishers.
 */
class ReactiveMethodSecurityTests extends MethodSecurityContract {

	@Autowired
	private SecuredTools.Declared declared;

	@Autowired
	private SecuredTools.Plain plain;

	@Override
	boolean offers(String tool) {
		return true;
	}

	@Test
	void beansAreProxiedByInterfaceAndByClass() {
		assertThat(AopUtils.isJdkDynamicProxy(this.declared)).isTrue();
		assertThat(AopUtils.isCglibProxy(this.plain)).isTrue();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableReactiveMethodSecurity
	static class Application extends Common {

		@Bean
		SecuredTools.ReactiveAfter reactiveAfter() {
			return new SecuredTools.ReactiveAfter();
		}

	}

}
