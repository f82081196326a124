/**
 * The endpoint in a servlet application, on Tomcat and on Jetty. Begin with
 * {@link io.agentsocket.servlet.AgentSocketServlet}. Takes over the bytes of the
 * connection after the upgrade, and does the framing of RFC 6455 by itself: the WebSocket
 * layers of the containers hold buffers of 50 KB and more for each idle connection, and
 * cannot all be paused.
 */
@Internal
@NullMarked
package io.agentsocket.servlet;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
