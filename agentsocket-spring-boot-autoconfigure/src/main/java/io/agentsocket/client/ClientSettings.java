package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import io.agentsocket.action.ActionView;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Software;
import io.agentsocket.connection.ErrorResolver;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * What an {@link AgentSocketClient} was built with.
 */
record ClientSettings(URI uri, Codec codec, Limits limits, Software software, ActionView actions,
		List<ErrorResolver> errorResolvers, Consumer<HttpHeaders> headers, @Nullable Mono<String> bearerToken,
		Backoff backoff, Duration connectTimeout, Duration patience, WebSocketClient webSocketClient) {

}
