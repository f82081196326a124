package io.agentsocket.autoconfigure;

import java.time.Duration;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The MCP endpoint.
 *
 * @param enabled Whether to serve the actions as tools of MCP, too.
 * @param path Path of the endpoint, relative to spring.webflux.base-path or
 * server.servlet.context-path.
 * @param name Name of the server, as clients show it. By default the name of the
 * application.
 * @param version Version of the server, as clients show it.
 * @param instructions Text for models that says how the tools are best used.
 * @param maxRequestSize Size of a request beyond which it is refused with status 413.
 * @param maxResultSize Size of a result beyond which a call fails.
 * @param callTimeout Time after which a call is interrupted, the times included in which
 * it waits for answers. A shorter timeout of the action counts.
 * @param parkedTimeout Time within which a client has to come back with an answer, before
 * the call is interrupted.
 * @param keepAlive Time after which an open stream gets a comment, which also shows
 * whether its client is still there.
 * @param maxParkedCalls Number of calls that may have asked their callers something.
 * @param maxSubscriptions Number of clients that may listen to changes of the tools.
 */
@Internal
public record McpProperties(@DefaultValue("false") boolean enabled, @DefaultValue("/mcp") String path,
		@Nullable String name, @DefaultValue("1.0.0") String version, @Nullable String instructions,
		@DefaultValue("1MB") DataSize maxRequestSize, @DefaultValue("1MB") DataSize maxResultSize,
		@DefaultValue("15m") Duration callTimeout, @DefaultValue("6m") Duration parkedTimeout,
		@DefaultValue("5s") Duration keepAlive, @DefaultValue("1000") int maxParkedCalls,
		@DefaultValue("1000") int maxSubscriptions) {

}
