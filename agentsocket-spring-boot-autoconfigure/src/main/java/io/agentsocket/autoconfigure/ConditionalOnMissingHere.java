package io.agentsocket.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.agentsocket.annotation.Internal;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.annotation.AliasFor;

/**
 * Steps back for a bean in this context, and for a bean of the application in a context
 * above it. A bean that this starter has configured above knows the beans and the
 * settings of that context only, so that each context gets its own.
 */
@Internal
@Documented
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
@Conditional(OnNoneAbove.class)
public @interface ConditionalOnMissingHere {

	/**
	 * Type of the bean.
	 * @return the type
	 */
	@AliasFor(annotation = ConditionalOnMissingBean.class, attribute = "value")
	Class<?>[] value();

}
