package io.agentsocket.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Adds an {@link io.agentsocket.test.AgentSocketTester} to a {@code @SpringBootTest}. It
 * connects through the network when the test starts a web server, with
 * {@code RANDOM_PORT} or {@code DEFINED_PORT}, and through memory otherwise. It is closed
 * after each test method.
 *
 * <p>
 * Where no Redis is configured, sessions are kept in a store in memory that a second pod
 * can share, so that agents can move there.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration
public @interface AutoConfigureAgentSocketTester {

}
