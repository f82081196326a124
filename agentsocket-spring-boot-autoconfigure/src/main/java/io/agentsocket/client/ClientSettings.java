package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.Discovery;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Software;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.transport.SocketConnector;

import org.springframework.http.HttpHeaders;

/**
 * Everything that an {@link AgentSocketClient} was built with. The builder may be used
 * again; this does not change.
 */
record ClientSettings(Connecting connecting, Codec codec, Limits limits, Software software, OfferedCatalog offered,
		List<Action> answering, QuestionSender questionSender, EventSinkFactory events,
		List<ErrorResolver> errorResolvers, List<ActionInterceptor> interceptors,
		List<AgentSessionListener> sessionListeners, Executor sessionListenerExecutor, boolean repeatIdempotent,
		boolean idempotencyKeys) {

	ClientSettings {
		answering = List.copyOf(answering);
		errorResolvers = List.copyOf(errorResolvers);
		interceptors = List.copyOf(interceptors);
		sessionListeners = List.copyOf(sessionListeners);
	}

	/** The protocol's own actions that the client answers. */
	List<Action> builtIn(ActionCatalog catalog) {
		List<Action> all = new ArrayList<>(this.answering);
		all.addAll(Discovery.actions(catalog::viewFor, ActionRanking.standard()));
		return all;
	}

	/**
	 * How the client gets its connection.
	 */
	record Connecting(List<URI> uris, UriPolicy uriPolicy, Consumer<HttpHeaders> headers, Credential credential,
			Backoff backoff, Duration connectTimeout, Duration maxWait, Duration refusalTimeout, Duration closeTimeout,
			SocketConnector connector) {
	}

}
