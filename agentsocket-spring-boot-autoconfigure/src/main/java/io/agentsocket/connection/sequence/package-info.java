/**
 * The sequence of frames in both directions: what waits to be sent, gets its number and
 * may be sent again, and what was received, in parts or whole. Start with
 * {@link io.agentsocket.connection.sequence.SendQueue} for what goes out and
 * {@link io.agentsocket.connection.sequence.ReceiveWindow} for what comes in. Knows
 * frames and their owners, no invocation; depends on {@code protocol} and on stored
 * sessions alone. Everything is confined to the loop of one peer. Internal: it may change
 * at any time.
 */
@NullMarked
package io.agentsocket.connection.sequence;

import org.jspecify.annotations.NullMarked;
