package io.agentsocket.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares that a method of a Spring bean is a tool: it becomes an action that the other
 * side of a session can discover and invoke.
 *
 * <p>
 * On a class, {@link #value() value} is a prefix for the names of all tools of that class
 * ({@code @AgentTool("weather")} and a method {@code current} give
 * {@code weather.current}) and {@link #tags() tags} are added to those of each method; a
 * class-level annotation alone declares no tool.
 *
 * <p>
 * A method may return a value, {@code void}, {@code Mono}, {@code Flux},
 * {@code CompletionStage}, {@code java.util.stream.Stream}, {@code Iterable}, a stream of
 * {@code byte[]} or {@code DataBuffer} (sent as BYTES), a {@code Flux<String>} (sent as
 * TEXT), or be a Kotlin {@code suspend} function or return a {@code Flow}. A
 * {@code Collection} is one value; only a method that is declared to return exactly
 * {@code Iterable}, or an {@code Iterator}, sends its items one by one. Methods that
 * return a reactive type run on the event loop and must not block; all others run on the
 * application's task executor unless {@link #blocking() blocking} says otherwise.
 */
@Documented
@Target({ ElementType.METHOD, ElementType.TYPE })
@Retention(RetentionPolicy.RUNTIME)
public @interface AgentTool {

	/**
	 * Name of the action, or on a class the prefix of the names. Defaults to the name of
	 * the method.
	 * @return the name: letters, digits, {@code _ . - /}, at most 128 bytes in UTF-8
	 */
	String value() default "";

	/**
	 * Title for people.
	 * @return the title, or empty for none
	 */
	String title() default "";

	/**
	 * Purpose of the action, for the model that chooses it.
	 * @return the description, or empty for none
	 */
	String description() default "";

	/**
	 * Words by which {@code as.find} groups and finds the action.
	 * @return the tags
	 */
	String[] tags() default {};

	/**
	 * Rule of Spring Security for the visibility of the action, such as
	 * {@code hasRole('ADMIN')} or {@code @rights.mayDelete(authentication)}. To whom it
	 * is hidden, the action does not exist: it is not found, and to invoke it is answered
	 * as for an unknown one. The rule is evaluated on the event loop, and again when the
	 * agent is authenticated anew. A rule on the class and one on the method have to hold
	 * both. Needs Spring Security.
	 * @return the expression, or empty for everybody
	 */
	String visibleTo() default "";

	/**
	 * Whether the action changes nothing.
	 * @return {@code true} for a read-only action
	 */
	boolean readOnly() default false;

	/**
	 * Whether the action may destroy something.
	 * @return {@code true} for a destructive action
	 */
	boolean destructive() default false;

	/**
	 * Whether running the action twice with the same arguments has the effect of running
	 * it once. Only an action that is idempotent or {@link #readOnly() readOnly}, and
	 * needs no {@link #approval() approval}, is ever run again after a failure.
	 * @return {@code true} for an idempotent action
	 */
	boolean idempotent() default false;

	/**
	 * Whether the action reaches out to a world that others change too.
	 * @return {@code true} for an open-world action
	 */
	boolean openWorld() default false;

	/**
	 * Whether the person behind the agent is asked for approval before the method runs.
	 * @return {@code true} when approval is required
	 */
	boolean approval() default false;

	/**
	 * How long one invocation may take, as a duration ({@code 30s}, {@code 500ms},
	 * {@code PT1M}). A shorter deadline of the caller wins.
	 * @return the time limit, or empty for none
	 */
	String timeout() default "";

	/**
	 * Where the method runs.
	 * @return by default decided by the return type
	 */
	Blocking blocking() default Blocking.BY_RETURN_TYPE;

	/**
	 * Where a tool method runs.
	 */
	enum Blocking {

		/**
		 * Reactive return types on the event loop, all others on the task executor.
		 */
		BY_RETURN_TYPE,

		/**
		 * On the application's task executor; cancellation interrupts the thread.
		 */
		YES,

		/**
		 * On the event loop: the method promises to return within microseconds.
		 */
		NO

	}

}
