package io.agentsocket.autoconfigure;

import java.util.List;

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
		ClassLoader loader = SecurityChains.class.getClassLoader();
		return TYPES.stream()
			.filter((type) -> ClassUtils.isPresent(type, loader))
			.anyMatch((type) -> beans.getBeanNamesForType(ClassUtils.resolveClassName(type, loader), true,
					false).length > 0);
	}

}
