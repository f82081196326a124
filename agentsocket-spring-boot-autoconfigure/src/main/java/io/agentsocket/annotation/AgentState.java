package io.agentsocket.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares which values of the session a tool uses when it runs in a function: the pod
 * sends these with each request, and takes changes of these back. A tool in a pod sees
 * all attributes of its session, whatever this annotation says. Implements section 11
 * ({@code state} and {@code keys}) of {@code docs/function-protocol.md}.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface AgentState {

	/**
	 * Names of the attributes.
	 * @return the keys: 1 to 64 characters of {@code A-Za-z0-9_.-}
	 */
	String[] value();

	/**
	 * Whether the tool changes none of them. Tools that change values run one after the
	 * other in a session; those that only read run side by side.
	 * @return {@code true} for a tool that only reads
	 */
	boolean readOnly() default false;

}
