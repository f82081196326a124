package io.agentsocket.tool;

import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Checks of the items that a caller sends, beside the one of their schema.
 */
@FunctionalInterface
interface ItemChecks {

	/** No checks. */
	ItemChecks NONE = (bean, parameter, type) -> null;

	/**
	 * The check for a parameter.
	 * @param bean gives the bean that has the method
	 * @param parameter takes the items
	 * @param type type of an item
	 * @return called with each item, throws for one that does not fit; {@code null} when
	 * all fit
	 */
	@Nullable Consumer<Object> of(Supplier<Object> bean, MethodParameter parameter, Class<?> type);

}
