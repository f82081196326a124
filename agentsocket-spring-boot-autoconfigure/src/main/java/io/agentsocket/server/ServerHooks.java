package io.agentsocket.server;

import java.util.List;
import java.util.concurrent.Executor;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.connection.TrafficTotals;
import io.agentsocket.session.AgentSessionListener;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the application that take part in each session.
 *
 * @param catalog the actions that all sessions are offered
 * @param visibility decide about visible actions, beside the actions themselves
 * @param ranking orders the results of {@code as.find}
 * @param errorResolvers choose errors for exceptions of actions
 * @param interceptors stand around all invocations
 * @param listeners are told of the life of sessions
 * @param listenerExecutor calls the listeners
 * @param questionSender asks agents questions
 * @param renewable whether agents can show another credential
 * @param events creates the receiver of the events of a session
 * @param totals counts the traffic of all sessions, or {@code null}
 */
record ServerHooks(ActionCatalog catalog, List<ActionVisibility> visibility, ActionRanking ranking,
		List<ErrorResolver> errorResolvers, List<ActionInterceptor> interceptors, List<AgentSessionListener> listeners,
		Executor listenerExecutor, QuestionSender questionSender, boolean renewable, EventSinkFactory events,
		@Nullable TrafficTotals totals) {

	ServerHooks {
		visibility = List.copyOf(visibility);
		errorResolvers = List.copyOf(errorResolvers);
		interceptors = List.copyOf(interceptors);
		listeners = List.copyOf(listeners);
	}

}
