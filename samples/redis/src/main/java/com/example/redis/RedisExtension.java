package com.example.redis;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts one Redis for all test classes and closes it at the end.
 */
final class RedisExtension implements BeforeAllCallback, ParameterResolver {

	private static final Namespace NAMESPACE = Namespace.create(RedisExtension.class);

	@Override
	public void beforeAll(ExtensionContext context) throws IllegalAccessException {
		LocalRedis redis = redis(context);
		Class<?> testClass = context.getRequiredTestClass();
		if (testClass.getEnclosingClass() == null || Modifier.isStatic(testClass.getModifiers())) {
			redis.flush();
		}
		for (Class<?> type = testClass; type != null; type = type.getSuperclass()) {
			for (Field field : type.getDeclaredFields()) {
				if (field.getType() == LocalRedis.class && Modifier.isStatic(field.getModifiers())
						&& !Modifier.isFinal(field.getModifiers())) {
					field.setAccessible(true);
					field.set(null, redis);
				}
			}
		}
	}

	@Override
	public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
		return parameter.getParameter().getType() == LocalRedis.class;
	}

	@Override
	public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
		return redis(context);
	}

	private static LocalRedis redis(ExtensionContext context) {
		// The store of the root closes what it holds when all tests have run.
		return context.getRoot()
			.getStore(NAMESPACE)
			.computeIfAbsent(LocalRedis.class, (key) -> started(), LocalRedis.class);
	}

	private static LocalRedis started() {
		LocalRedis redis = LocalRedis.open();
		System.out.println("Tests use " + redis + ", version " + redis.version());
		return redis;
	}

}
