/**
 * The wire: frames, their types, codes, limits and the binary envelope. Start with
 * {@link io.agentsocket.protocol.FrameType}. Pure Java: no Reactor, Jackson, Netty or
 * Spring, so that it reads beside {@code docs/protocol.md} line by line.
 */
@NullMarked
package io.agentsocket.protocol;

import org.jspecify.annotations.NullMarked;
