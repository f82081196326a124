/**
 * The bounds of all sessions of a pod, of a principal or of an address together: counts,
 * memory, and how often something was refused. Start with
 * {@link io.agentsocket.server.bounds.PodBounds}.
 */
@NullMarked
@Internal
package io.agentsocket.server.bounds;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
