/**
 * Auto-configuration of listeners to events of the other side. Begin with
 * {@link io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.event;

import org.jspecify.annotations.NullMarked;
