/**
 * The loop of a peer: tasks run one at a time, on the event loop of the present
 * connection or on a timer thread. Start with
 * {@link io.agentsocket.connection.loop.SerialLoop}; a class that only gives tasks to the
 * loop, or sets timers, gets a {@link io.agentsocket.connection.loop.PeerLoop}. Depends
 * on no other package of this project. Internal: it may change at any time.
 */
@NullMarked
package io.agentsocket.connection.loop;

import org.jspecify.annotations.NullMarked;
