package io.agentsocket.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares that a method of a bean listens to an event of the other side of a session.
 *
 * <p>
 * The method takes the payload in one parameter, or none, and may take the
 * {@code AgentSession} that the event came from. A payload must be there and fit the
 * type, unless the parameter is {@code Optional} or marked nullable; otherwise the event
 * is dropped and logged. The method returns nothing, or a {@code Mono}, another reactive
 * type of at most one value, or a {@code CompletionStage} that completes when the event
 * is dealt with, or is a Kotlin {@code suspend} function.
 *
 * <p>
 * The events of a session are delivered in the order in which they were sent, one at a
 * time; several listeners of one event are called one after the other, in the order of
 * {@code @Order}. Methods that return a {@code Mono} or the like run on the event loop
 * and must not block, all others on the application's task executor.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface AgentEvent {

	/**
	 * Name of the event. Defaults to the name of the method.
	 * @return the name, as that of an action
	 */
	String value() default "";

}
