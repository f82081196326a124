/**
 * Annotations that users type: {@link io.agentsocket.annotation.AgentTool} on a bean
 * method and {@link io.agentsocket.annotation.AgentParam} on its parameters. Depends on
 * nothing else, so that domain code can carry the annotations without the machinery.
 */
@NullMarked
package io.agentsocket.annotation;

import org.jspecify.annotations.NullMarked;
