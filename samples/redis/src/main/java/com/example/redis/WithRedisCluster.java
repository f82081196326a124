package com.example.redis;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class the Redis Cluster of this test JVM, as parameters of type
 * {@link LocalRedisCluster} of constructors, tests and lifecycle methods. It is not
 * emptied: tests use namespaces of their own. Where there is no server for it the class
 * is skipped.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RedisClusterExtension.class)
public @interface WithRedisCluster {

}
