package io.agentsocket.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes one parameter of an {@link AgentTool} method, or one component of a record
 * that such a method takes.
 *
 * <p>
 * Without the annotation a parameter is required under the name it has in the source. It
 * is optional when it is {@code Optional}, marked nullable, or has a
 * {@link #defaultValue() default}.
 */
@Documented
@Target({ ElementType.PARAMETER, ElementType.FIELD, ElementType.RECORD_COMPONENT })
@Retention(RetentionPolicy.RUNTIME)
public @interface AgentParam {

	/**
	 * Name of the argument. Defaults to the name of the parameter.
	 * @return the name, or empty for the parameter's own
	 */
	String value() default "";

	/**
	 * Meaning of the argument, for the model that fills it in.
	 * @return the description, or empty for none
	 */
	String description() default "";

	/**
	 * Whether the argument must be given. A parameter with a default is never required.
	 * @return {@code false} for an optional argument
	 */
	boolean required() default true;

	/**
	 * Value used when the argument is absent: JSON where the type is not text
	 * ({@code 10}, {@code true}, {@code ["a"]}), plain text where it is. Supported on
	 * parameters of methods.
	 * @return the default, or {@link #NO_DEFAULT}
	 */
	String defaultValue() default NO_DEFAULT;

	/**
	 * Marks the absence of a default.
	 */
	String NO_DEFAULT = "\n\t\tnone\n";

}
