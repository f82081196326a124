package io.agentsocket.security;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.aop.Advisor;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.AopContext;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Denials that come after the method of a tool was entered, by a rule that is asked
 * before a method: the call has run, and its key is taken.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = { "server.address=127.0.0.1",
		"agentsocket.session.store=memory", "agentsocket.security.hide-denied=false" })
class EnteredToolsTests {

	private static final AtomicInteger EFFECTS = new AtomicInteger();

	private static final AtomicInteger QUOTA = new AtomicInteger();

	@LocalServerPort
	private int port;

	private AgentSocketClient alice;

	@BeforeEach
	void connect() {
		this.alice = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket")
			.headers((headers) -> headers.setBasicAuth("alice", "password"))
			.build();
		EFFECTS.set(0);
	}

	@AfterEach
	void close() {
		this.alice.close().block(Await.LONG);
	}

	private ActionException failure(String tool, String key) {
		return MethodSecurityContract
			.failure(this.alice.invoke(tool).idempotencyKey(key).arguments(Map.of("amount", "1")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "pay", "pay.secured", "pay.mono", "pay.future", "pay.stream" })
	void aMethodThatCallsADeniedOneOfItsBeanHasRun(String tool) {
		ActionException denied = failure(tool, tool);
		assertThat(denied.errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(denied.hasMaybeRun()).as("may have run").isTrue();
		failure(tool, tool);
		assertThat(EFFECTS).hasValue(1);
	}

	@Test
	void anAttemptThatIsDeniedAfterOneThatHasRunHasRun() {
		QUOTA.set(1);
		ActionException denied = failure("retried", "key");
		assertThat(denied.errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(denied.hasMaybeRun()).as("may have run").isTrue();
		QUOTA.set(1);
		failure("retried", "key");
		assertThat(EFFECTS).hasValue(1);
	}

	@Test
	void anAttemptThatIsDeniedAfterAnAdviceWithinTheRulesHasRun() {
		QUOTA.set(1);
		ActionException denied = failure("noted", "noted");
		assertThat(denied.errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(denied.hasMaybeRun()).as("may have run").isTrue();
		assertThat(EFFECTS).hasValue(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "kotlin.suspend", "kotlin.own", "kotlin.flow", "kotlin.plain" })
	void aFunctionThatIsDeniedItselfHasNotRun(String tool) {
		MethodSecurityContract.isDenied(tool.equals("kotlin.own")
				? this.alice.invoke(tool).arguments(Map.of("owner", "bob")) : this.alice.invoke(tool),
				ErrorCode.PERMISSION_DENIED, "Access is denied");
	}

	@Test
	void aMethodThatIsDeniedItselfHasNotRun() {
		MethodSecurityContract.isDenied(this.alice.invoke("audit"), ErrorCode.PERMISSION_DENIED, "Access is denied");
		QUOTA.set(0);
		MethodSecurityContract.isDenied(this.alice.invoke("retried").arguments(Map.of("amount", "1")),
				ErrorCode.PERMISSION_DENIED, "Access is denied");
		assertThat(EFFECTS).hasValue(0);
	}

	static class Payments {

		private Payments self() {
			EFFECTS.incrementAndGet();
			return (Payments) AopContext.currentProxy();
		}

		@AgentTool
		String pay(String amount) {
			return self().audit();
		}

		@AgentTool("pay.secured")
		@PreAuthorize("hasRole('USER')")
		String paySecured(String amount) {
			return self().audit();
		}

		@AgentTool("pay.mono")
		@PreAuthorize("hasRole('USER')")
		Mono<String> payMono(String amount) {
			Payments self = self();
			return Mono.fromSupplier(self::audit);
		}

		@AgentTool("pay.future")
		CompletableFuture<String> payFuture(String amount) {
			return CompletableFuture.failedFuture(denial(self()));
		}

		private static RuntimeException denial(Payments self) {
			try {
				self.audit();
			}
			catch (RuntimeException ex) {
				return ex;
			}
			throw new IllegalStateException("not denied");
		}

		@AgentTool("pay.stream")
		Stream<String> payStream(String amount) {
			Payments self = self();
			return Stream.of(amount).map((item) -> self.audit());
		}

		@AgentTool
		@PreAuthorize("hasRole('ADMIN')")
		String audit() {
			return "audited";
		}

		@AgentTool
		@Noted
		@Retryable(maxRetries = 1, delay = 1)
		@PreAuthorize("@quota.take()")
		String noted(String amount) {
			return "ran";
		}

		@AgentTool
		@Retryable(maxRetries = 1, delay = 1)
		@PreAuthorize("@quota.take()")
		String retried(String amount) {
			EFFECTS.incrementAndGet();
			throw new IllegalStateException("downstream");
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface Noted {

	}

	static class Quota {

		public boolean take() {
			return QUOTA.getAndDecrement() > 0;
		}

	}

	static class Exposed implements ImportBeanDefinitionRegistrar {

		@Override
		public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
			AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
			AopConfigUtils.forceAutoProxyCreatorToExposeProxy(registry);
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableMethodSecurity
	@EnableResilientMethods
	@Import({ Exposed.class, KotlinMethodSecurityTests.Selector.class })
	static class Application extends MethodSecurityContract.Common {

		@Bean
		Payments payments() {
			return new Payments();
		}

		/** Within the rules of Spring Security. */
		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor notes() {
			DefaultPointcutAdvisor notes = new DefaultPointcutAdvisor(
					AnnotationMatchingPointcut.forMethodAnnotation(Noted.class), (MethodInterceptor) (invocation) -> {
						EFFECTS.incrementAndGet();
						throw new IllegalStateException("downstream");
					});
			notes.setOrder(Ordered.LOWEST_PRECEDENCE);
			return notes;
		}

		@Bean
		Quota quota() {
			return new Quota();
		}

	}

}
