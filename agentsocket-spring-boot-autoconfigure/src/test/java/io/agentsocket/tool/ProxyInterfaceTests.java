package io.agentsocket.tool;

import java.util.List;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.constraints.Size;
import org.aopalliance.intercept.MethodInterceptor;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.DelegatingIntroductionInterceptor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.data.annotation.Id;
import org.springframework.data.keyvalue.core.KeyValueOperations;
import org.springframework.data.keyvalue.core.KeyValueTemplate;
import org.springframework.data.keyvalue.repository.query.KeyValuePartTreeQuery;
import org.springframework.data.keyvalue.repository.query.PredicateQueryCreator;
import org.springframework.data.keyvalue.repository.support.KeyValueRepositoryFactoryBean;
import org.springframework.data.map.MapKeyValueAdapter;
import org.springframework.data.repository.CrudRepository;
import org.springframework.data.repository.core.support.RepositoryComposition.RepositoryFragments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tools of interfaces that only the proxy of a bean implements.
 */
class ProxyInterfaceTests {

	@ParameterizedTest
	@ValueSource(classes = { Eager.class, Deferred.class })
	void methodsOfARepositoryAreTools(Class<?> config) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(config)) {
			List<Action> actions = AgentTools.builder().validator(validator()).build().scan(context);
			context.getBean(Items.class).save(new Item("1", "tea"));
			assertThat(actions).extracting(Action::name).containsExactly("items.all", "items.byName");
			Call byName = Call.of(actions, "items.byName");
			assertThat(byName.with("name", "tea").value()).isEqualTo(List.of(new Item("1", "tea")));
			assertThat(byName.with("name", "too long").broken()).containsExactly("/name Size");
			assertThat(Call.of(actions, "items.all").value()).isEqualTo(List.of(new Item("1", "tea")));
		}
	}

	@Test
	void methodsOfAnInterfaceWithoutAClassAreTools() {
		ProxyFactory factory = new ProxyFactory();
		factory.setTarget(new Object());
		factory.setInterfaces(Client.class);
		factory.addAdvice((MethodInterceptor) (invocation) -> "x");
		assertThat(Call.of(factory.getProxy(), "get").with("name", "n").value()).isEqualTo("x");
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean("client", Client.class, () -> (Client) factory.getProxy());
			context.refresh();
			List<Action> actions = AgentTools.builder().build().scan(context);
			assertThat(Call.of(actions, "get").with("name", "n").value()).isEqualTo("x");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void anIntroductionAddsToolsToThoseOfTheClass(boolean byClass) {
		ProxyFactory factory = new ProxyFactory(new Base());
		factory.setProxyTargetClass(byClass);
		factory.addAdvice(new DelegatingIntroductionInterceptor(new More()));
		List<Action> actions = AgentTools.builder().build().actionsOf(factory.getProxy());
		assertThat(actions).extracting(Action::name).containsExactly("first", "second");
		assertThat(Call.of(actions, "second").value()).isEqualTo("2");
	}

	@ParameterizedTest
	@ValueSource(classes = { Fragment.class, LazyFragment.class })
	void aMethodOfAFragmentIsAToolOfItsBean(Class<?> config) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(config)) {
			List<Action> actions = AgentTools.builder().build().scan(context);
			assertThat(actions).extracting(Action::name)
				.containsExactlyInAnyOrder("items.count", "items.all", "items.byName");
			assertThat(Call.of(actions, "items.count").value()).isEqualTo(3);
		}
	}

	@Test
	void twoProxiesWithOneMethodTakeOneName() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean("one", Client.class, () -> proxy(Client.class));
			context.registerBean("two", Client.class, () -> proxy(Client.class));
			context.refresh();
			assertThatExceptionOfType(InvalidToolsException.class)
				.isThrownBy(() -> AgentTools.builder().build().scan(context))
				.withMessageContaining("taken");
		}
	}

	@Test
	void aMethodThatTwoInterfacesInheritIsOneTool() {
		assertThat(Call.of(proxy(Left.class, Right.class), "get").with("name", "n").value()).isEqualTo("x");
		assertThat(AgentTools.builder().build().actionsOf(proxy(Left.class, Right.class))).extracting(Action::name)
			.containsExactlyInAnyOrder("get", "right");
	}

	private static Client proxy(Class<?>... interfaces) {
		ProxyFactory factory = new ProxyFactory();
		factory.setTarget(new Object());
		factory.setInterfaces(interfaces);
		factory.addAdvice((MethodInterceptor) (invocation) -> "x");
		return (Client) factory.getProxy();
	}

	private static Validator validator() {
		return Validation.byDefaultProvider()
			.configure()
			.messageInterpolator(new ParameterMessageInterpolator())
			.buildValidatorFactory()
			.getValidator();
	}

	interface Client {

		@AgentTool
		String get(String name);

	}

	interface Left extends Client {

	}

	interface Right extends Client {

		@AgentTool
		String right();

	}

	interface First {

		@AgentTool
		default String first() {
			return "1";
		}

	}

	interface Second extends First {

		@AgentTool
		String second();

	}

	static class Base implements First {

	}

	static class More implements Second {

		@Override
		public String second() {
			return "2";
		}

	}

	public record Item(@Id String id, String name) {
	}

	interface All<T, K> extends CrudRepository<T, K> {

		@Override
		@AgentTool("items.all")
		List<T> findAll();

	}

	interface Items extends All<Item, String> {

		@AgentTool("items.byName")
		List<Item> findByName(@Size(max = 3) String name);

	}

	@Configuration(proxyBeanMethods = false)
	static class Eager {

		@Bean
		static KeyValueTemplate store() {
			return new KeyValueTemplate(new MapKeyValueAdapter());
		}

		@Bean
		static KeyValueRepositoryFactoryBean<Items, Item, String> items(KeyValueOperations store) {
			return repository(Items.class, store);
		}

	}

	interface Counting {

		@AgentTool("items.count")
		int countAll();

	}

	static class Counter implements Counting {

		@Override
		public int countAll() {
			return 3;
		}

	}

	interface CountedItems extends Items, Counting {

	}

	@Configuration(proxyBeanMethods = false)
	static class Fragment {

		@Bean
		static KeyValueTemplate store() {
			return new KeyValueTemplate(new MapKeyValueAdapter());
		}

		@Bean
		static KeyValueRepositoryFactoryBean<CountedItems, Item, String> items(KeyValueOperations store,
				Counting counter) {
			KeyValueRepositoryFactoryBean<CountedItems, Item, String> factory = repository(CountedItems.class, store);
			factory.setRepositoryFragments(RepositoryFragments.just(counter));
			return factory;
		}

		@Bean
		Counter counter() {
			return new Counter();
		}

	}

	static class LazyFragment extends Fragment {

		@Override
		@Bean
		@Lazy
		Counter counter() {
			return super.counter();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Deferred {

		@Bean
		static KeyValueTemplate store() {
			return new KeyValueTemplate(new MapKeyValueAdapter());
		}

		@Bean
		@Lazy
		static KeyValueRepositoryFactoryBean<Items, Item, String> items(KeyValueOperations store) {
			return repository(Items.class, store);
		}

	}

	private static <T extends Items> KeyValueRepositoryFactoryBean<T, Item, String> repository(Class<T> type,
			KeyValueOperations store) {
		KeyValueRepositoryFactoryBean<T, Item, String> factory = new KeyValueRepositoryFactoryBean<>(type);
		factory.setKeyValueOperations(store);
		factory.setQueryCreator(PredicateQueryCreator.class);
		factory.setQueryType(KeyValuePartTreeQuery.class);
		return factory;
	}

}
