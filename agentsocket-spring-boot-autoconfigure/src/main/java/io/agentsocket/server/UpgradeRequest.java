package io.agentsocket.server;

import java.net.InetSocketAddress;
import java.net.URI;
import java.security.Principal;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;

/**
 * The HTTP request that has become a connection, the same in WebFlux and in servlet
 * applications.
 *
 * @param uri its address
 * @param headers its headers, not to be changed
 * @param remoteAddress address of the agent, or of a proxy in between; {@code null} when
 * the server does not know it
 * @param principal the principal of the request, empty when there is none
 */
public record UpgradeRequest(URI uri, HttpHeaders headers, @Nullable InetSocketAddress remoteAddress,
		Mono<Principal> principal) {
}
