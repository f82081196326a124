/**
 * Sessions of several pods: which pod owns a session, what is stored of it, which calls
 * run in other pods, and how the owner changes. The peer that has a session is its owner,
 * any other peer of the session is a follower, and a follower as the owner sees it is a
 * runner: it runs calls, or has actions. Start with
 * {@link io.agentsocket.connection.takeover.Ownership}, which the engine asks, and
 * {@link io.agentsocket.connection.takeover.OtherPods}, where messages of other pods come
 * in; {@code CommitPipeline} makes {@code SessionRecords} and the replay log durable,
 * {@code RemoteRunners} is the owner's way to its runners. A follower hears the owner
 * through {@code OwnerLink} and answers through {@code InboxWriter}. Knows no socket: the
 * peer is behind {@link io.agentsocket.connection.takeover.OwnershipHost}, the store and
 * the other pods behind {@link io.agentsocket.connection.takeover.PeerStorage}. Internal:
 * it may change at any time.
 */
@NullMarked
package io.agentsocket.connection.takeover;

import org.jspecify.annotations.NullMarked;
