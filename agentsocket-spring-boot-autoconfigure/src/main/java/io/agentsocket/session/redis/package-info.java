/**
 * Sessions in Redis, for an application with more than one pod.
 * {@link io.agentsocket.session.redis.RedisSessionStore} keeps the hot state,
 * {@link io.agentsocket.session.redis.RedisSessionAttributes} identity and attributes,
 * and {@link io.agentsocket.session.redis.RedisPodLink} is the way from pod to pod. Needs
 * Redis 6.2 or later, or Valkey, alone or as a cluster. Knows nothing of connections.
 */
@Internal
@NullMarked
package io.agentsocket.session.redis;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
