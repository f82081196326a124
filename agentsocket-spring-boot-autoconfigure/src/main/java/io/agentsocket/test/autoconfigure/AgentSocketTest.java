package io.agentsocket.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.OverrideAutoConfiguration;
import org.springframework.boot.test.autoconfigure.json.AutoConfigureJson;
import org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.core.annotation.AliasFor;
import org.springframework.test.context.BootstrapWith;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * A test of the tools of an application, without its web layer and its other beans, by an
 * {@link io.agentsocket.test.AgentSocketTester} in memory.
 *
 * <p>
 * Of the application's components only these are found: beans that have methods with
 * {@code @AgentTool} or {@code @AgentEvent}, those that take part in invocations
 * (interceptors, listeners of sessions, resolvers of arguments and errors, rules of
 * visibility, customizers), converters and Jackson modules, and configurations that
 * enable method security, so that rules on tools hold. Other beans that tools need are
 * brought by {@code @Import} or replaced by {@code @MockitoBean}.
 *
 * <p>
 * Sessions are kept in a store in memory that a second pod can share, whatever the
 * application's properties say.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@BootstrapWith(AgentSocketTestContextBootstrapper.class)
@ExtendWith(SpringExtension.class)
@OverrideAutoConfiguration(enabled = false)
@TypeExcludeFilters(AgentSocketTypeExcludeFilter.class)
@AutoConfigureJson
@AutoConfigureAgentSocketTester
@ImportAutoConfiguration
public @interface AgentSocketTest {

	/**
	 * Properties in the form {@code key=value} that are added to the environment.
	 * @return the properties
	 */
	String[] properties() default {};

	/**
	 * The beans to test, in place of all that have methods with {@code @AgentTool} or
	 * {@code @AgentEvent}.
	 * @return their classes
	 */
	@AliasFor("tools")
	Class<?>[] value() default {};

	/**
	 * The beans to test, in place of all that have methods with {@code @AgentTool} or
	 * {@code @AgentEvent}.
	 * @return their classes
	 */
	@AliasFor("value")
	Class<?>[] tools() default {};

	/**
	 * Whether the components that are named above are found by themselves.
	 * @return {@code false} to find only those of the filters
	 */
	boolean useDefaultFilters() default true;

	/**
	 * Filters of further components.
	 * @return the filters
	 */
	ComponentScan.Filter[] includeFilters() default {};

	/**
	 * Filters of components to leave out.
	 * @return the filters
	 */
	ComponentScan.Filter[] excludeFilters() default {};

	/**
	 * Auto-configurations to leave out.
	 * @return their classes
	 */
	@AliasFor(annotation = ImportAutoConfiguration.class, attribute = "exclude")
	Class<?>[] excludeAutoConfiguration() default {};

}
