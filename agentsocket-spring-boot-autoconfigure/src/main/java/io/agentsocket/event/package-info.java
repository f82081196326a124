/**
 * Events of the other side reach {@link io.agentsocket.annotation.AgentEvent} methods and
 * registered functions, in the order of each session. Start with
 * {@link io.agentsocket.event.EventListeners}. Knows neither frames nor connections.
 */
@NullMarked
package io.agentsocket.event;

import org.jspecify.annotations.NullMarked;
