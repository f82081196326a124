/**
 * The function side: the actions of an application behind one verified {@code POST},
 * without any socket. Begin with {@link io.agentsocket.function.FunctionEndpoint}, which
 * answers one request, and {@link io.agentsocket.function.InvocationRun}, in which the
 * ordinary engine runs the action. Implements {@code docs/function-protocol.md} for
 * functions. Must not depend on the servers that hold sockets.
 */
@NullMarked
@Internal
package io.agentsocket.function;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
