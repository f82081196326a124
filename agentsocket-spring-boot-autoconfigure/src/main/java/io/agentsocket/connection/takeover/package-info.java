/**
 * Sessions of several pods: what is stored, which pod owns a session, what runs in other
 * pods, and how the owner changes. Start with
 * {@link io.agentsocket.connection.takeover.Ownership}; {@code CommitPipeline} makes
 * {@code SessionRecords} and the replay log durable, {@code RemoteRunners} is the owner's
 * side of the pods that run something for it, {@code OwnerLink} is theirs. Knows no
 * socket: the peer is behind {@link io.agentsocket.connection.takeover.OwnershipHost},
 * the store and the other pods behind
 * {@link io.agentsocket.connection.takeover.PeerStorage}. Internal: it may change at any
 * time.
 */
@NullMarked
package io.agentsocket.connection.takeover;

import org.jspecify.annotations.NullMarked;
