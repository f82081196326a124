/**
 * The engine: one end of a session, the same on both sides. Start with
 * {@link io.agentsocket.connection.Peer}; follow an INVOKE from {@code Peer.receive}
 * through {@code CalleeStream} to the action and back through {@code OutboundItems} and
 * {@code SendQueue}. Frames are read, dispatched and written here, and invocations
 * admitted; the invocations themselves are in {@code stream}, the order of frames in
 * {@code sequence}, the other pods in {@code takeover}. All state of a peer is confined
 * to its {@code SerialLoop}. Knows no WebSocket library: that is behind
 * {@link io.agentsocket.connection.Transport}.
 */
@Internal
@NullMarked
package io.agentsocket.connection;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
