package io.agentsocket.tool;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools of products of factories.
 */
class FactoryProductTests {

	@Test
	void aProductThatIsAnyObjectIsFoundByItsInstance() {
		found(new Factory(new Product(), Object.class));
		found(new Factory(new Product(), Product.class));
	}

	@Test
	void aProductBehindAProxyIsFoundByItsInstance() {
		found(new Factory(new ProxyFactory(new Product()).getProxy(), Object.class));
	}

	@Test
	void aProductThatCannotBeMadeIsLeftOut() {
		try (AnnotationConfigApplicationContext context = context(new Factory(null, Object.class))) {
			assertThat(AgentTools.builder().build().scan(context)).isEmpty();
		}
	}

	private static void found(Factory factory) {
		try (AnnotationConfigApplicationContext context = context(factory)) {
			assertThat(AgentTools.builder().build().scan(context)).extracting(Action::name).containsExactly("tool");
		}
	}

	private static AnnotationConfigApplicationContext context(Factory factory) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean("product", Factory.class, () -> factory);
		context.refresh();
		return context;
	}

	static class Product {

		@AgentTool
		void tool() {
		}

	}

	static class Factory implements FactoryBean<Object> {

		private final @Nullable Object product;

		private final Class<?> type;

		Factory(@Nullable Object product, Class<?> type) {
			this.product = product;
			this.type = type;
		}

		@Override
		public Object getObject() {
			if (this.product == null) {
				throw new IllegalStateException("no product");
			}
			return this.product;
		}

		@Override
		public Class<?> getObjectType() {
			return this.type;
		}

	}

}
