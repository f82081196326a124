/**
 * How this project writes to the log. Begin with {@link io.agentsocket.log.PrintableLog}.
 * Uses nothing but texts of the protocol, and may be used by all packages.
 */
@Internal
@NullMarked
package io.agentsocket.log;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
