package io.agentsocket.autoconfigure;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentsocket.annotation.Internal;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Finds the filter chains of Spring Security, in every kind of web application.
 */
@Internal
public final class SecurityChains {

	private static final List<String> TYPES = List.of("org.springframework.security.web.server.SecurityWebFilterChain",
			"org.springframework.security.web.SecurityFilterChain");

	private SecurityChains() {
	}

	/**
	 * Whether an application has a filter chain.
	 * @param beans the beans of the application
	 * @return {@code true} if there is one
	 */
	public static boolean isPresent(ListableBeanFactory beans) {
		return !names(beans).isEmpty();
	}

	/**
	 * The filter chains of an application. None of them is made by that.
	 * @param beans the beans of the application
	 * @return the names of the chains
	 */
	public static Set<String> names(ListableBeanFactory beans) {
		ClassLoader loader = SecurityChains.class.getClassLoader();
		return TYPES.stream()
			.filter((type) -> ClassUtils.isPresent(type, loader))
			.map((type) -> beans.getBeanNamesForType(ClassUtils.resolveClassName(type, loader), true, false))
			.flatMap(Arrays::stream)
			.collect(Collectors.toUnmodifiableSet());
	}

}
