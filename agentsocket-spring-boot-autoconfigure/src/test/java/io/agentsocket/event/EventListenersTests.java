package io.agentsocket.event;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.method.InvalidMethodsException.Problem;
import io.agentsocket.session.AgentSession;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
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
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Finding listeners and calling them.
 */
class EventListenersTests {

	private static final AtomicInteger ADVISED = new AtomicInteger();

	private static final AtomicInteger CREATED = new AtomicInteger();

	private static final List<Object> SEEN = new CopyOnWriteArrayList<>();

	private final Side side = new Side();

	@BeforeEach
	void reset() {
		ADVISED.set(0);
		CREATED.set(0);
		SEEN.clear();
	}

	@AfterEach
	void close() {
		this.side.close();
	}

	@Test
	void listenersTakeWhatTheyDeclare() {
		EventListeners listeners = this.side.listeners().listenersOf(new Shapes()).build();
		assertThat(listeners.names()).containsExactlyInAnyOrder("nothing", "payload", "both.ways", "optional",
				"nullable", "list", "future", "mono", "value");
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "nothing", Map.of("a", 1));
		this.side.send(sink, "payload", Map.of("name", "Bern"));
		this.side.send(sink, "both.ways", Map.of("name", "Genf"));
		this.side.send(sink, "optional", null);
		this.side.send(sink, "optional", Map.of("name", "Thun"));
		this.side.send(sink, "nullable", null);
		this.side.send(sink, "list", List.of(Map.of("name", "Chur")));
		this.side.send(sink, "future", 1);
		this.side.send(sink, "mono", 2);
		this.side.send(sink, "value", 3);
		Await.untilAsserted(() -> assertThat(sink.counts()).isEqualTo(new EventCounts(10, 0, 0, 0, 0)));
		assertThat(SEEN).containsExactly("nothing", new City("Bern"), "s", new City("Genf"), Optional.empty(),
				Optional.of(new City("Thun")), "null", List.of(new City("Chur")), "future 1 on loop", "mono 2 on loop",
				"value 3 on loop");
	}

	@Test
	void callsThroughProxies() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Proxied.class);
		assertThat(AopUtils.isCglibProxy(context.getBean("plain"))).isTrue();
		assertThat(AopUtils.isJdkDynamicProxy(context.getBean("door"))).isTrue();
		assertThat(AopUtils.isJdkDynamicProxy(context.getBean("bell"))).isTrue();
		SessionEvents sink = this.side.sink(this.side.listeners().scan(context).build(), "s");
		this.side.send(sink, "plain", "a");
		this.side.send(sink, "opened", "b");
		this.side.send(sink, "rung", "c");
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(3));
		assertThat(SEEN).containsExactly("plain a", "opened b", "rung c");
		assertThat(ADVISED).hasValue(3);
		ProxyFactory factory = new ProxyFactory(new WoodenDoor());
		factory.addAdvice(counting());
		SessionEvents alone = this.side.sink(this.side.listeners().listenersOf(factory.getProxy()).build(), "s");
		this.side.send(alone, "opened", "d");
		Await.untilAsserted(() -> assertThat(alone.counts().delivered()).isEqualTo(1));
		assertThat(ADVISED).hasValue(4);
	}

	@Test
	void lazyBeansAreCreatedByTheirFirstEventAndPrototypesByEach() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(LazyConfig.class);
		SessionEvents sink = this.side.sink(this.side.listeners().scan(context).build(), "s");
		assertThat(CREATED).hasValue(0);
		this.side.send(sink, "lazy", null);
		this.side.send(sink, "lazy", null);
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(2));
		assertThat(CREATED).hasValue(1);
		assertThat(context.getBeanFactory().containsSingleton("bystander")).isFalse();
		this.side.send(sink, "prototype", null);
		this.side.send(sink, "prototype", null);
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(4));
		assertThat(CREATED).hasValue(3);
	}

	@Test
	void listenersOfOneEventAreOrdered() {
		EventListeners listeners = this.side.listeners()
			.on("e", (session) -> SEEN.add("function"))
			.listenersOf(new Later(), new Earlier())
			.build();
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "e", null);
		Await.untilAsserted(() -> assertThat(SEEN).containsExactly("first of all", "earlier", "later", "function"));
	}

	@Test
	void genericBeansAreResolvedAgainstTheirClass() {
		SessionEvents sink = this.side.sink(this.side.listeners().listenersOf(new CityGuide()).build(), "s");
		this.side.send(sink, "visited", Map.of("name", "Bern"));
		Await.untilAsserted(() -> assertThat(SEEN).containsExactly(new City("Bern")));
	}

	@Test
	void kotlinFunctionsMaySuspend() {
		KotlinListeners kotlin = new KotlinListeners();
		SessionEvents sink = this.side.sink(this.side.listeners().listenersOf(kotlin).build(), "s");
		this.side.send(sink, "suspending", Map.of("x", 1, "y", 2));
		this.side.send(sink, "nullable", null);
		this.side.send(sink, "forever", null);
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(2));
		assertThat(kotlin.getSeen()).containsExactly("sMoved(x=1, y=2)", "nothing");
		Await.untilAsserted(() -> assertThat(kotlin.getStarted()).isTrue());
		assertThat(kotlin.getCancelled()).isFalse();
		sink.close();
		Await.untilAsserted(() -> assertThat(kotlin.getCancelled()).isTrue());
	}

	@Test
	void allMistakesOfAllListenersAreReportedTogether() {
		EventListeners.Builder builder = EventListeners.builder()
			.codecs(List.of(JacksonCodec.cbor(), JacksonCodec.json()))
			.listenersOf(new Wrong<String>(), new WrongKotlinListeners(), new Shapes())
			.on("unreadable", Unreadable.class, (session, payload) -> SEEN.add(payload));
		InvalidListenersException failure = catchThrowableOfType(InvalidListenersException.class, builder::build);
		Map<String, String> problems = new TreeMap<>();
		for (Problem problem : failure.problems()) {
			assertThat(problem.action()).isNotBlank();
			problems.merge(problem.method().replaceAll(".*\\.(\\w+)\\(.*", "$1"), problem.problem(),
					(a, b) -> a + " " + b);
		}
		assertThat(problems).containsOnlyKeys("badName", "reserved", "answers", "flux", "nested", "twoPayloads",
				"stream", "variable", "unreadable", "isStatic", "isPrivate", "several", "value",
				"on(\"unreadable\", " + Unreadable.class.getTypeName() + ")");
		assertThat(problems.get("badName")).contains("'a b'");
		assertThat(problems.get("reserved")).contains("reserved");
		assertThat(problems.get("answers")).contains("no answer");
		assertThat(problems.get("flux")).contains("Mono");
		assertThat(problems.get("nested")).contains("nests");
		assertThat(problems.get("twoPayloads")).contains("'b'").contains("second payload");
		assertThat(problems.get("stream")).contains("'items'").contains("stream");
		assertThat(problems.get("variable")).contains("'value'").contains("variable");
		assertThat(problems.get("unreadable")).contains("'payload'").contains("no payload can be read into");
		assertThat(problems.get("several")).contains("'.x'", "second payload", "no answer");
		assertThat(failure).hasMessageContaining("@AgentEvent").hasMessageContaining("isStatic");
	}

	@Test
	void methodsThatAProxyHidesAreReported() {
		ProxyFactory jdk = new ProxyFactory(new Hidden());
		ProxyFactory cglib = new ProxyFactory(new Hidden());
		cglib.setProxyTargetClass(true);
		assertThatExceptionOfType(InvalidListenersException.class)
			.isThrownBy(() -> EventListeners.builder().listenersOf(jdk.getProxy(), cglib.getProxy()).build())
			.satisfies((failure) -> assertThat(failure.problems()).extracting(Problem::problem)
				.containsExactly("The bean is a JDK proxy that does not expose the method.",
						"The bean is proxied by a subclass, which cannot override a final method."));
	}

	@Test
	void functionsNeedTheNameOfAnEvent() {
		assertThatIllegalArgumentException().isThrownBy(() -> EventListeners.builder().on("as.event", (session) -> {
		})).withMessageContaining("reserved");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> EventListeners.builder().on("x".repeat(129), (session) -> {
			}));
		assertThatIllegalArgumentException().isThrownBy(() -> EventListeners.builder().queueSize(0));
		assertThatIllegalArgumentException().isThrownBy(() -> EventListeners.builder().queueBytes(0));
	}

	private static MethodInterceptor counting() {
		return (invocation) -> {
			ADVISED.incrementAndGet();
			return invocation.proceed();
		};
	}

	record City(String name) {

	}

	static class Shapes {

		@AgentEvent
		void nothing() {
			SEEN.add("nothing");
		}

		@AgentEvent
		void payload(City city) {
			SEEN.add(city);
		}

		@AgentEvent("both.ways")
		void both(AgentSession session, City city) {
			SEEN.add(session.id());
			SEEN.add(city);
		}

		@AgentEvent
		void optional(Optional<City> city) {
			SEEN.add(city);
		}

		@AgentEvent
		void nullable(@Nullable City city) {
			SEEN.add((city != null) ? city : "null");
		}

		@AgentEvent
		void list(List<City> cities) {
			SEEN.add(cities);
		}

		@AgentEvent
		CompletableFuture<Void> future(int number) {
			SEEN.add("future " + number + " on " + Thread.currentThread().getName());
			return CompletableFuture.completedFuture(null);
		}

		@AgentEvent
		Mono<Void> mono(int number) {
			return Mono.fromRunnable(() -> SEEN.add("mono " + number + " on " + Thread.currentThread().getName()));
		}

		@AgentEvent
		Mono<String> value(int number) {
			return Mono.fromCallable(() -> {
				SEEN.add("value " + number + " on " + Thread.currentThread().getName());
				return "ignored";
			});
		}

	}

	static class Plain {

		@AgentEvent("plain")
		void listen(String text) {
			SEEN.add("plain " + text);
		}

	}

	interface Door {

		@AgentEvent("opened")
		void opened(String who);

	}

	static class WoodenDoor implements Door {

		@Override
		public void opened(String who) {
			SEEN.add("opened " + who);
		}

	}

	interface Bell {

		void rung(String who);

	}

	static class BrassBell implements Bell {

		@Override
		@AgentEvent
		public void rung(String who) {
			SEEN.add("rung " + who);
		}

	}

	@Order(1)
	static class Earlier {

		@AgentEvent("e")
		void earlier() {
			SEEN.add("earlier");
		}

	}

	@Order(2)
	static class Later {

		@AgentEvent("e")
		void later() {
			SEEN.add("later");
		}

		@AgentEvent("e")
		@Order(0)
		void sooner() {
			SEEN.add("first of all");
		}

	}

	abstract static class Guide<T> {

		@AgentEvent
		void visited(T place) {
			SEEN.add(place);
		}

	}

	static class CityGuide extends Guide<City> {

	}

	static class Counted {

		Counted() {
			CREATED.incrementAndGet();
		}

	}

	static class LazyListener extends Counted {

		@AgentEvent("lazy")
		void listen() {
		}

	}

	static class PrototypeListener extends Counted {

		@AgentEvent("prototype")
		void listen() {
		}

	}

	interface Unrelated {

	}

	static class Hidden implements Unrelated {

		@AgentEvent
		final void hidden() {
			SEEN.add("hidden");
		}

	}

	interface Unreadable {

	}

	static class Wrong<T> {

		@AgentEvent("a b")
		void badName() {
		}

		@AgentEvent("as.x")
		void reserved() {
		}

		@AgentEvent
		String value() {
			return "";
		}

		@AgentEvent
		Flux<String> flux() {
			return Flux.empty();
		}

		@AgentEvent
		Mono<Mono<Void>> nested() {
			return Mono.empty();
		}

		@AgentEvent
		void twoPayloads(String a, String b) {
		}

		@AgentEvent
		void stream(Flux<String> items) {
		}

		@AgentEvent
		void variable(T value) {
		}

		@AgentEvent
		void unreadable(Unreadable payload) {
		}

		@AgentEvent
		static void isStatic() {
		}

		@AgentEvent
		private void isPrivate() {
		}

		@AgentEvent(".x")
		int several(String a, String b) {
			return 0;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Proxied {

		@Bean
		static BeanNameAutoProxyCreator byClass() {
			BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
			creator.setBeanNames("plain");
			creator.setProxyTargetClass(true);
			creator.setInterceptorNames("counting");
			return creator;
		}

		@Bean
		static BeanNameAutoProxyCreator byInterface() {
			BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
			creator.setBeanNames("door", "bell");
			creator.setInterceptorNames("counting");
			return creator;
		}

		@Bean
		static MethodInterceptor counting() {
			return EventListenersTests.counting();
		}

		@Bean
		Plain plain() {
			return new Plain();
		}

		@Bean
		Door door() {
			return new WoodenDoor();
		}

		@Bean
		Bell bell() {
			return new BrassBell();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyConfig {

		@Bean
		@Lazy
		LazyListener lazyListener() {
			return new LazyListener();
		}

		@Bean
		@Lazy
		Counted bystander() {
			return new Counted();
		}

		@Bean
		@Scope(BeanDefinition.SCOPE_PROTOTYPE)
		PrototypeListener prototypeListener() {
			return new PrototypeListener();
		}

	}

}
