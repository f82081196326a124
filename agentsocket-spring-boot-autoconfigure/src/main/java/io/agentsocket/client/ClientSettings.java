package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.Discovery;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Software;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * What an {@link AgentSocketClient} was built with.
 */
record ClientSettings(URI uri, Codec codec, Limits limits, Software software, ActionCatalog offered,
		List<Action> answering, QuestionSender questionSender, EventSinkFactory events,
		List<ErrorResolver> errorResolvers, Consumer<HttpHeaders> headers, @Nullable Mono<String> bearerToken,
		Backoff backoff, Duration connectTimeout, Duration maxWait, boolean repeatIdempotent, boolean idempotencyKeys,
		WebSocketClient webSocketClient) {

	/** The protocol's own actions that the client answers. */
	List<Action> builtIn(ActionCatalog catalog) {
		List<Action> all = new ArrayList<>(this.answering);
		all.addAll(Discovery.actions(catalog::viewFor, ActionRanking.standard()));
		return all;
	}

}
