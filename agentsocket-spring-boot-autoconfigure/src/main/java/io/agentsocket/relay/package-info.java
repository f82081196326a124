/**
 * Functions behind the socket: actions whose work is done by remote, ephemeral code that
 * is called over HTTP. Begin with {@link io.agentsocket.relay.RelayHandler}, which
 * forwards one invocation. {@link io.agentsocket.relay.transport} carries its requests,
 * {@link io.agentsocket.relay.answer} reads the answers, and
 * {@link io.agentsocket.relay.push} takes the pushes that come later. Implements
 * {@code docs/function-protocol.md}. Knows nothing of Jackson and of the servers that
 * hold the sockets.
 */
@NullMarked
@Internal
package io.agentsocket.relay;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
