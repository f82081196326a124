package com.example.redis;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class the Redis of this test JVM: parameters of type {@link LocalRedis} of
 * constructors, tests and lifecycle methods, and static fields of that type that are not
 * final. It is empty when the class begins. Classes with this annotation must not run at
 * the same time. A test that breaks its Redis opens one of its own.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RedisExtension.class)
public @interface WithRedis {

}
