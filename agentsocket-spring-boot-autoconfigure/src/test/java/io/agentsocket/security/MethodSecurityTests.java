package io.agentsocket.security;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.InvalidToolsException;
import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.aop.Advisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Role;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.annotation.Secured;
import org.springframework.security.access.prepost.PostAuthorize;
import org.springframework.security.access.prepost.PostFilter;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.access.prepost.PreFilter;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.authorization.ReactiveAuthorizationManager;
import org.springframework.security.authorization.method.AuthorizationManagerBeforeReactiveMethodInterceptor;
import org.springframework.security.authorization.method.HandleAuthorizationDenied;
import org.springframework.security.authorization.method.MethodAuthorizationDeniedHandler;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests of {@link MethodSecurity} with rules of the application's own.
 */
class MethodSecurityTests {

	private static final AtomicInteger TAILORED = new AtomicInteger();

	@AfterEach
	void forget() {
		SecurityContextHolder.clearContext();
	}

	private static Object call(Class<?> configuration, String name) throws Exception {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("alice", "", "ROLE_USER"));
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(configuration)) {
			Method method = ReflectionUtils.findMethod(Tools.class, name, (Class<?>[]) null);
			Object guarded = new MethodSecurity(context).guarded(context.getBean(Tools.class), method);
			Object result = BeanMethod.of(guarded, method).invoke(arguments(method));
			if (result instanceof CompletionStage<?> future) {
				return Mono.fromCompletionStage(future).block(Await.LONG);
			}
			return (result instanceof Mono<?> mono) ? mono.block(Await.LONG) : result;
		}
	}

	private static Object[] arguments(Method method) {
		return (method.getParameterCount() > 0) ? new Object[] { new ArrayList<>(List.of("alice", "bob")) }
				: new Object[0];
	}

	@ParameterizedTest
	@ValueSource(classes = { OwnPointcut.class, OwnManager.class, OwnProcessor.class })
	void aReactiveRuleOfTheApplicationLetsNoMethodRunThatReturnsAValue(Class<?> configuration) {
		assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> call(configuration, "mono"));
		assertThatIllegalStateException().isThrownBy(() -> call(configuration, "value"))
			.withMessageContaining("must return an instance of org.reactivestreams.Publisher");
	}

	@Test
	void aRuleOfAnotherConfigurationStaysBesideReactiveMethodSecurity() throws Exception {
		assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> call(WithSecured.class, "secured"));
		assertThat(call(WithSecured.class, "value")).isEqualTo("ran");
	}

	@ParameterizedTest
	@ValueSource(strings = { "value", "before", "after" })
	void rulesAskTheHolderOfTheApplication(String name) throws Exception {
		assertThat(call(OwnHolder.class, name)).isEqualTo(name.equals("value") ? "ran" : List.of("alice"));
	}

	@ParameterizedTest
	@ValueSource(classes = { Common.class, Blocking.class })
	void rulesAboutResultsSeeTheValueOfAFuture(Class<?> configuration) throws Exception {
		assertThat(call(configuration, "own")).isEqualTo("alice");
		assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> call(configuration, "foreign"));
		assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> call(configuration, "missing"));
		assertThat(call(configuration, "filtered")).isEqualTo(List.of("alice"));
	}

	@ParameterizedTest
	@ValueSource(classes = { Common.class, Blocking.class })
	void aHandlerOfDenialsMayReturnAFuture(Class<?> configuration) throws Exception {
		assertThat(call(configuration, "masked")).isEqualTo("masked");
		assertThat(call(configuration, "deniedWithin")).isEqualTo("masked");
		assertThat(call(configuration, "nested")).isInstanceOf(CompletableFuture.class);
	}

	@ParameterizedTest
	@ValueSource(classes = { Common.class, Blocking.class })
	void aRuleAboutAFutureThatCannotBeMadeEndsTheStart(Class<?> configuration) {
		TAILORED.set(0);
		assertThatIllegalStateException().isThrownBy(() -> call(configuration, "tailored"))
			.withMessageContaining("no " + Tailored.class.getName() + " can be made");
		assertThat(TAILORED).hasValue(0);
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(configuration,
				Mistaken.class)) {
			AgentTools tools = AgentTools.builder().guard(new SecurityToolGuard(context, false)).build();
			assertThatExceptionOfType(InvalidToolsException.class).isThrownBy(() -> tools.scan(context))
				.withMessageContaining("no " + Tailored.class.getName() + " can be made");
		}
	}

	@Test
	void aDenialWithinAnotherExceptionTellsThatNothingHasRun() {
		assertThatIllegalArgumentException().isThrownBy(() -> call(EmptyHolder.class, "owned"))
			.satisfies((ex) -> assertThat(new SecurityErrorResolver().resolve(ex, mock(AgentExchange.class)).isNotRun())
				.isTrue());
	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface Tenant {

	}

	static class Tailored extends CompletableFuture<String> {

	}

	static class Mistaken {

		@AgentTool
		@PostAuthorize("returnObject != null")
		public Tailored tailored() {
			return new Tailored();
		}

		@AgentTool
		@PreAuthorize("hasRole('USER')")
		public Tailored before() {
			return new Tailored();
		}

	}

	static class Masking implements MethodAuthorizationDeniedHandler {

		@Override
		public Object handleDeniedInvocation(MethodInvocation invocation, AuthorizationResult result) {
			return CompletableFuture.completedFuture("masked");
		}

	}

	static class Tools {

		@Tenant
		@PreAuthorize("hasRole('USER')")
		public String value() {
			return "ran";
		}

		@Tenant
		@PreAuthorize("hasRole('USER')")
		public Mono<String> mono() {
			return Mono.just("ran");
		}

		@PreAuthorize("authentication.name == 'alice'")
		public String owned() {
			return "ran";
		}

		@PreFilter("filterObject == authentication.name")
		@PreAuthorize("hasRole('USER')")
		public List<String> before(List<String> names) {
			return names;
		}

		@PostAuthorize("authentication.name == 'alice'")
		@PostFilter("filterObject == authentication.name")
		public List<String> after() {
			return new ArrayList<>(List.of("alice", "bob"));
		}

		@PostAuthorize("returnObject == authentication.name")
		public CompletableFuture<String> own() {
			return CompletableFuture.supplyAsync(() -> "alice");
		}

		@PostAuthorize("returnObject != 'bob'")
		public CompletionStage<String> foreign() {
			return CompletableFuture.supplyAsync(() -> "bob");
		}

		@PostAuthorize("returnObject != null")
		public CompletionStage<String> missing() {
			return CompletableFuture.completedFuture(null);
		}

		@PostFilter("filterObject == authentication.name")
		public CompletableFuture<List<String>> filtered() {
			return CompletableFuture.supplyAsync(() -> new ArrayList<>(List.of("alice", "bob")));
		}

		@PostAuthorize("returnObject == 'own'")
		@HandleAuthorizationDenied(handlerClass = Masking.class)
		public CompletableFuture<String> masked() {
			return CompletableFuture.completedFuture("foreign");
		}

		@PostAuthorize("returnObject == 'own'")
		@HandleAuthorizationDenied(handlerClass = Masking.class)
		public CompletableFuture<String> deniedWithin() {
			throw new AuthorizationDeniedException("denied");
		}

		@PostAuthorize("returnObject != null")
		public CompletableFuture<CompletableFuture<String>> nested() {
			return CompletableFuture.completedFuture(CompletableFuture.completedFuture("inner"));
		}

		@PostAuthorize("returnObject != null")
		public Tailored tailored() {
			TAILORED.incrementAndGet();
			return new Tailored();
		}

		@Secured("ROLE_ADMIN")
		@PreAuthorize("hasRole('USER')")
		public String secured() {
			return "ran";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableReactiveMethodSecurity
	static class Common {

		@Bean
		Tools tools() {
			return new Tools();
		}

		@Bean
		Masking masking() {
			return new Masking();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	static class Blocking {

		@Bean
		Tools tools() {
			return new Tools();
		}

		@Bean
		Masking masking() {
			return new Masking();
		}

	}

	static class OwnPointcut extends Common {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor tenants() {
			return new AuthorizationManagerBeforeReactiveMethodInterceptor(
					new AnnotationMatchingPointcut(null, Tenant.class, true),
					(authentication, invocation) -> Mono.just(new AuthorizationDecision(false)));
		}

	}

	static class OwnManager extends Common {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor rules() {
			return AuthorizationManagerBeforeReactiveMethodInterceptor
				.preAuthorize((authentication, invocation) -> Mono.just(new AuthorizationDecision(false)));
		}

	}

	static class OwnProcessor extends Common {

		@Bean
		@Primary
		static ObjectPostProcessor<ReactiveAuthorizationManager<MethodInvocation>> denying() {
			return new ObjectPostProcessor<>() {

				@Override
				@SuppressWarnings("unchecked")
				public <O extends ReactiveAuthorizationManager<MethodInvocation>> O postProcess(O manager) {
					ReactiveAuthorizationManager<MethodInvocation> denying = (authentication, invocation) -> Mono
						.just(new AuthorizationDecision(false));
					return (O) denying;
				}

			};
		}

	}

	static class OwnHolder extends Common {

		@Bean
		SecurityContextHolderStrategy holder() {
			SecurityContextHolderStrategy holder = mock(SecurityContextHolderStrategy.class);
			given(holder.getContext()).willReturn(SecurityContextHolder.getContext());
			SecurityContextHolder.clearContext();
			return holder;
		}

	}

	static class EmptyHolder extends Common {

		@Bean
		SecurityContextHolderStrategy holder() {
			SecurityContextHolderStrategy holder = mock(SecurityContextHolderStrategy.class);
			given(holder.getContext()).willReturn(new SecurityContextImpl());
			return holder;
		}

	}

	@EnableMethodSecurity(prePostEnabled = false, securedEnabled = true)
	static class WithSecured extends Common {

	}

}
