/**
 * Invocations in both directions: {@link io.agentsocket.connection.stream.CalleeStream}
 * for one that runs here, {@code CallerStream} for one of this side, with their items,
 * credit, deadlines and errors. Start with
 * {@link io.agentsocket.connection.stream.StreamContext}, the parts of a peer that all of
 * them share. Knows no socket and no store; the peer is behind
 * {@link io.agentsocket.connection.stream.StreamHost}. Internal: it may change at any
 * time.
 */
@NullMarked
package io.agentsocket.connection.stream;

import org.jspecify.annotations.NullMarked;
