package io.agentsocket.tool;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.annotation.AgentTool;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.annotation.AliasFor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Finding tools on beans and calling them.
 */
class ScanTests {

	private static final AtomicInteger ADVISED = new AtomicInteger();

	private static final AtomicInteger CREATED = new AtomicInteger();

	@BeforeEach
	void reset() {
		ADVISED.set(0);
		CREATED.set(0);
	}

	@Test
	void findsToolsWithTheirNamesAndHints() {
		List<Action> actions = scan(Config.class);
		assertThat(actions).extracting(Action::name)
			.containsExactly("composed", "custom.name", "plain", "weather.current", "weather.past.year");
		Action current = Call.of(actions, "weather.current").action();
		assertThat(current.title()).isEqualTo("Weather now");
		assertThat(current.description()).isEqualTo("Tells the weather.");
		assertThat(current.tags()).containsExactly("sky", "now");
		assertThat(current.hints()).isEqualTo(new ActionHints(true, true, true, true, true, Duration.ofSeconds(30)));
		Action plain = Call.of(actions, "plain").action();
		assertThat(plain.title()).isNull();
		assertThat(plain.description()).isNull();
		assertThat(plain.hints()).isEqualTo(ActionHints.NONE);
	}

	@Test
	void callsThroughCglibProxies() {
		AnnotationConfigApplicationContext context = context(Proxied.class);
		assertThat(AopUtils.isCglibProxy(context.getBean("weather"))).isTrue();
		List<Action> actions = AgentTools.builder().build().scan(context);
		assertThat(Call.of(actions, "weather.current").with("city", "Bern").value()).isEqualTo("sun in Bern");
		assertThat(ADVISED).hasValue(1);
	}

	@Test
	void callsThroughJdkProxies() {
		AnnotationConfigApplicationContext context = context(Proxied.class);
		assertThat(AopUtils.isJdkDynamicProxy(context.getBean("clock"))).isTrue();
		assertThat(AopUtils.isJdkDynamicProxy(context.getBean("counter"))).isTrue();
		List<Action> actions = AgentTools.builder().build().scan(context);
		assertThat(actions).extracting(Action::name).contains("time", "count");
		assertThat(Call.of(actions, "time").with("zone", "CET").value()).isEqualTo("12 CET");
		assertThat(Call.of(actions, "count").with("to", 3).value()).isEqualTo(3);
		assertThat(ADVISED).hasValue(2);
	}

	@Test
	void findsToolsOfProxiesWithoutAContainer() {
		ProxyFactory factory = new ProxyFactory(new WallClock());
		factory.addAdvice(counting());
		assertThat(Call.of(factory.getProxy(), "time").with("zone", "CET").value()).isEqualTo("12 CET");
		assertThat(ADVISED).hasValue(1);
	}

	@Test
	void lazyBeansAreCreatedByTheirFirstInvocation() {
		List<Action> actions = scan(LazyConfig.class);
		assertThat(CREATED).hasValue(0);
		assertThat(Call.of(actions, "number").value()).isEqualTo(1);
		assertThat(Call.of(actions, "number").value()).isEqualTo(1);
	}

	@Test
	void prototypesAreCreatedForEachInvocation() {
		List<Action> actions = scan(PrototypeConfig.class);
		int before = CREATED.get();
		Call.of(actions, "number").value();
		Call.of(actions, "number").value();
		assertThat(CREATED.get() - before).isEqualTo(2);
	}

	@Test
	void scopedBeansAreCalledThroughTheirProxyOnce() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.getBeanFactory().registerScope("thread", new SimpleThreadScope());
		context.register(ScopedConfig.class);
		context.refresh();
		List<Action> actions = AgentTools.builder().executor(Runnable::run).build().scan(context);
		assertThat(CREATED).hasValue(0);
		assertThat(actions).extracting(Action::name).containsExactly("number");
		assertThat(Call.of(actions, "number").value()).isEqualTo(1);
	}

	@Test
	void beansWithoutToolsAreNotCreated() {
		AnnotationConfigApplicationContext context = context(LazyConfig.class);
		AgentTools.builder().build().scan(context);
		assertThat(context.getBeanFactory().containsSingleton("bystander")).isFalse();
		assertThat(CREATED).hasValue(0);
	}

	@Test
	void genericBeansAreResolvedAgainstTheirClass() {
		Call call = Call.of(new StringEcho(), "echo").with("value", "x");
		assertThat(call.value()).isEqualTo("x");
		assertThat(call.action().input().toString()).contains("type=string");
		assertThat(call.action().output()).containsEntry("type", "string");
	}

	private static List<Action> scan(Class<?> config) {
		return AgentTools.builder().build().scan(context(config));
	}

	private static AnnotationConfigApplicationContext context(Class<?> config) {
		return new AnnotationConfigApplicationContext(config);
	}

	private static MethodInterceptor counting() {
		return (invocation) -> {
			ADVISED.incrementAndGet();
			return invocation.proceed();
		};
	}

	@AgentTool(value = "weather", tags = "sky")
	static class Weather {

		@AgentTool(title = "Weather now", description = "Tells the weather.", tags = "now", readOnly = true,
				destructive = true, idempotent = true, openWorld = true, approval = true, timeout = "30s")
		String current(String city) {
			return "sun in " + city;
		}

		@AgentTool("past.year")
		Mono<String> past() {
			return Mono.just("rain");
		}

		String noTool() {
			return "";
		}

	}

	static class Others {

		@AgentTool
		void plain() {
		}

		@AgentTool("custom.name")
		void named() {
		}

		@Lookup("composed")
		void other() {
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@AgentTool(readOnly = true)
	@interface Lookup {

		@AliasFor(annotation = AgentTool.class, attribute = "value")
		String value();

	}

	interface Clock {

		@AgentTool("time")
		String time(String zone);

	}

	static class WallClock implements Clock {

		@Override
		public String time(String zone) {
			return "12 " + zone;
		}

	}

	interface Counter {

		int count(int to);

	}

	static class SimpleCounter implements Counter {

		@Override
		@AgentTool
		public int count(int to) {
			return to;
		}

	}

	abstract static class Echo<T> {

		@AgentTool
		T echo(T value) {
			return value;
		}

	}

	static class StringEcho extends Echo<String> {

	}

	static class Numbered {

		private final int number = CREATED.incrementAndGet();

		@AgentTool
		int number() {
			return this.number;
		}

	}

	static class Bystander {

		Bystander() {
			CREATED.incrementAndGet();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Config {

		@Bean
		Weather weather() {
			return new Weather();
		}

		@Bean
		Others others() {
			return new Others();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Proxied {

		@Bean
		static BeanNameAutoProxyCreator byClass() {
			BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
			creator.setBeanNames("weather");
			creator.setProxyTargetClass(true);
			creator.setInterceptorNames("counting");
			return creator;
		}

		@Bean
		static BeanNameAutoProxyCreator byInterface() {
			BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
			creator.setBeanNames("clock", "counter");
			creator.setInterceptorNames("counting");
			return creator;
		}

		@Bean
		static MethodInterceptor counting() {
			return ScanTests.counting();
		}

		@Bean
		Weather weather() {
			return new Weather();
		}

		@Bean
		Clock clock() {
			return new WallClock();
		}

		@Bean
		Counter counter() {
			return new SimpleCounter();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyConfig {

		@Bean
		@Lazy
		Numbered numbered() {
			return new Numbered();
		}

		@Bean
		@Lazy
		Bystander bystander() {
			return new Bystander();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PrototypeConfig {

		@Bean
		@Scope(BeanDefinition.SCOPE_PROTOTYPE)
		Numbered numbered() {
			return new Numbered();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ScopedConfig {

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Numbered numbered() {
			return new Numbered();
		}

	}

}
