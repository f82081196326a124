package com.example.redis;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/**
 * Starts one Redis Cluster for all test classes and closes it at the end. Where there can
 * be none, the classes are skipped and say why.
 */
final class RedisClusterExtension implements BeforeAllCallback, ParameterResolver {

	private static final Namespace NAMESPACE = Namespace.create(RedisClusterExtension.class);

	@Override
	public void beforeAll(ExtensionContext context) {
		cluster(context);
	}

	@Override
	public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
		return parameter.getParameter().getType() == LocalRedisCluster.class;
	}

	@Override
	public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
		return cluster(context);
	}

	private static LocalRedisCluster cluster(ExtensionContext context) {
		return context.getRoot()
			.getStore(NAMESPACE)
			.computeIfAbsent(LocalRedisCluster.class, (key) -> started(), LocalRedisCluster.class);
	}

	private static LocalRedisCluster started() {
		try {
			LocalRedisCluster cluster = LocalRedisCluster.open();
			System.out.println("Tests use " + cluster);
			return cluster;
		}
		catch (IllegalStateException ex) {
			StringBuilder reasons = new StringBuilder(String.valueOf(ex.getMessage()));
			for (Throwable reason : ex.getSuppressed()) {
				reasons.append("; ").append(reason.getMessage());
			}
			throw new TestAbortedException(reasons.toString(), ex);
		}
	}

}
