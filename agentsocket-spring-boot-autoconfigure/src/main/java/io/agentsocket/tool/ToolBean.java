package io.agentsocket.tool;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * A bean that may have tools.
 *
 * @param name name of the bean
 * @param type class of the bean behind all proxies
 * @param instance the bean, or {@code null} when it does not exist yet or is another one
 * in each invocation
 * @param source gives the bean
 * @param shared whether the bean is the same in each invocation
 */
record ToolBean(String name, Class<?> type, @Nullable Object instance, Supplier<Object> source, boolean shared) {

}
