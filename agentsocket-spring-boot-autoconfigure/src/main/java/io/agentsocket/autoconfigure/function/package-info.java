/**
 * The application as a function: beans for the endpoint to which a relay sends its
 * requests, in WebFlux and in servlet applications.
 */
@NullMarked
@Internal
package io.agentsocket.autoconfigure.function;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
