/**
 * Annotations that users type: {@link io.agentsocket.annotation.AgentTool} and
 * {@link io.agentsocket.annotation.AgentEvent} on bean methods,
 * {@link io.agentsocket.annotation.AgentParam} on parameters. Depends on nothing else, so
 * that domain code can carry the annotations without the machinery.
 */
@NullMarked
package io.agentsocket.annotation;

import org.jspecify.annotations.NullMarked;
