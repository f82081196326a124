/**
 * The way back from functions: pushes to sessions and to detached invocations, whichever
 * pod has them. Begin with {@link io.agentsocket.relay.push.CallbackWebHandler}, which
 * takes a push, and {@link io.agentsocket.relay.push.Callbacks}. Implements section 10 of
 * {@code docs/function-protocol.md}. Calls no function.
 */
@NullMarked
package io.agentsocket.relay.push;

import org.jspecify.annotations.NullMarked;
