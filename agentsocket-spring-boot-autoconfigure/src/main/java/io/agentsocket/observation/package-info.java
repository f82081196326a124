/**
 * Observations and meters of Micrometer. Start at
 * {@link io.agentsocket.observation.AgentSocketObservation}. Nothing outside of this
 * package and its auto-configuration depends on Micrometer.
 */
@NullMarked
package io.agentsocket.observation;

import org.jspecify.annotations.NullMarked;
