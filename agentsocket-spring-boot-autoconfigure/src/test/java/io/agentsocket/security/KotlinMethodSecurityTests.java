package io.agentsocket.security;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Method security and identity of {@code suspend} functions and flows. Their class is
 * named and not used, so that tests in Java compile without those in Kotlin.
 */
class KotlinMethodSecurityTests extends MethodSecurityContract {

	private static final String BEAN = "io.agentsocket.security.KotlinSecured";

	@Autowired
	@Qualifier(BEAN)
	private Object bean;

	private int entered() {
		return ((AtomicInteger) ReflectionTestUtils.invokeMethod(this.bean, "getEntered")).get();
	}

	@Override
	boolean offers(String tool) {
		return !tool.equals("mono.after") && !tool.equals("flux.filtered");
	}

	@ParameterizedTest
	@ValueSource(strings = { "kotlin.suspend", "kotlin.flow", "kotlin.plain" })
	void functionsAreSecured(String tool) {
		assertThat(results(as("admin").invoke(tool))).containsExactly("done");
		int before = entered();
		isDenied(as("alice").invoke(tool), ErrorCode.PERMISSION_DENIED, "Access is denied");
		isDenied(as("").invoke(tool), ErrorCode.UNAUTHENTICATED, "Authentication is required");
		assertThat(entered()).isEqualTo(before);
	}

	@Test
	void rulesOfFunctionsGetArgumentsAndResults() {
		assertThat(results(as("alice").invoke("kotlin.own").arguments(Map.of("owner", "alice"))))
			.containsExactly("done");
		isDenied(as("alice").invoke("kotlin.own").arguments(Map.of("owner", "bob")), ErrorCode.PERMISSION_DENIED,
				"Access is denied");
		assertThat(results(as("alice").invoke("kotlin.after").arguments(Map.of("name", "alice"))))
			.containsExactly("alice");
		assertThat(failure(as("alice").invoke("kotlin.after").arguments(Map.of("name", "bob"))).errorCode())
			.isEqualTo(ErrorCode.PERMISSION_DENIED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "kotlin.context", "kotlin.principal" })
	void coroutinesLearnWhoCalls(String tool) {
		assertThat(results(as("alice").invoke(tool))).containsExactly("alice");
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableReactiveMethodSecurity
	@Import(Selector.class)
	static class Application extends Common {

	}

	/** Registers the bean by the name of its class. */
	static class Selector implements ImportSelector {

		@Override
		public String[] selectImports(AnnotationMetadata metadata) {
			return new String[] { BEAN };
		}

	}

}
