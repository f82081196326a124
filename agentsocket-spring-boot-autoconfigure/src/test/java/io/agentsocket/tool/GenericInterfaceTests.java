package io.agentsocket.tool;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools behind a JDK proxy whose interface has variables where the class has types.
 */
class GenericInterfaceTests {

	private static final AtomicInteger ADVISED = new AtomicInteger();

	@ParameterizedTest
	@MethodSource("beans")
	void areCalledByTheMethodOfTheInterface(Crud<?, ?> bean) {
		Object proxy = proxy(bean);
		called(AgentTools.builder().build().actionsOf(proxy));
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean("orders", Crud.class, () -> (Crud<?, ?>) proxy);
			context.refresh();
			called(AgentTools.builder().build().scan(context));
		}
	}

	private static void called(List<Action> actions) {
		int before = ADVISED.get();
		assertThat(actions).extracting(Action::name).containsExactly("find", "list");
		Call find = Call.of(actions, "find").with("id", 7);
		assertThat(find.value()).isEqualTo("order 7");
		assertThat(find.action().input().toString()).contains("type=integer");
		assertThat(Call.of(actions, "list").with("from", 8, "text", "x").value()).isEqualTo("list 8 x");
		assertThat(ADVISED.get() - before).isEqualTo(2);
	}

	static List<Crud<?, ?>> beans() {
		return List.of(new Orders(), new OrdersOfInterface(), new Inheriting(), new Partly());
	}

	private static Object proxy(Object bean) {
		ProxyFactory factory = new ProxyFactory(bean);
		factory.addAdvice((MethodInterceptor) (invocation) -> {
			ADVISED.incrementAndGet();
			return invocation.proceed();
		});
		return factory.getProxy();
	}

	interface Crud<T, I> {

		@AgentTool
		T find(I id);

		String find(I id, String text);

		String list(I from, T text);

	}

	interface OrderCrud extends Crud<String, Long> {

	}

	static class Base {

		public String find(Long id) {
			return "order " + id;
		}

		public String find(Long id, String text) {
			return "no tool";
		}

		@AgentTool
		public String list(Long from, String text) {
			return "list " + from + " " + text;
		}

	}

	static class Inheriting extends Base implements Crud<String, Long> {

	}

	static class Orders implements Crud<String, Long> {

		@Override
		public String find(Long id) {
			return "order " + id;
		}

		@Override
		public String find(Long id, String text) {
			return "no tool";
		}

		@Override
		@AgentTool
		public String list(Long from, String text) {
			return "list " + from + " " + text;
		}

	}

	static class OrdersOfInterface extends Orders implements OrderCrud {

	}

	abstract static class ByLong<T> implements Crud<T, Long> {

		@Override
		@AgentTool
		public String list(Long from, T text) {
			return "list " + from + " " + text;
		}

		@Override
		public String find(Long id, String text) {
			return "no tool";
		}

	}

	static class Partly extends ByLong<String> {

		@Override
		public String find(Long id) {
			return "order " + id;
		}

	}

}
