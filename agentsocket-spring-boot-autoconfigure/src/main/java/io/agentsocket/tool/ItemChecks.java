package io.agentsocket.tool;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Checks of the items that a caller sends, beside the one of their schema.
 */
@FunctionalInterface
interface ItemChecks {

	/** No checks. */
	ItemChecks NONE = (parameter, type) -> null;

	/**
	 * The check for a parameter.
	 * @param parameter takes the items
	 * @param type type of an item
	 * @return called with each item, throws for one that does not fit; {@code null} when
	 * all fit
	 */
	@Nullable Consumer<Object> of(MethodParameter parameter, Class<?> type);

}
