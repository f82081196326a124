package io.agentsocket.docs;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.Invocation;
import io.agentsocket.autoconfigure.AgentSocketClientCustomizer;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Code that {@code docs/hooks.md} shows.
 */
class HooksSnippets {

	private static final Log logger = LogFactory.getLog(HooksSnippets.class);

	// tag::audit[]
	@Component
	@Order(1)
	static class Audit implements ActionInterceptor {

		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			String call = exchange.action().name() + " for " + exchange.principal();
			return chain.proceed(exchange)
				.doOnError((error) -> logger.warn(call + " failed: " + error))
				.doFinally((signal) -> logger.info(call + " ended with " + signal));
		}

		@Override
		public Publisher<?> interceptInvocation(Invocation invocation, InvocationChain chain) {
			logger.info("Session " + invocation.session().id() + " is asked for " + invocation.action());
			return chain.proceed(invocation);
		}

	}
	// end::audit[]

	// tag::refuse[]
	@Component
	@Order(2)
	static class Authorize implements ActionInterceptor {

		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			if (exchange.action().tags().contains("admin") && exchange.principal() == null) {
				return Mono.error(new ActionException(ErrorCode.PERMISSION_DENIED, "Not for anonymous agents"));
			}
			return chain.proceed(exchange);
		}

	}
	// end::refuse[]

	// tag::cache[]
	@Component
	@Order(3)
	static class Cache implements ActionInterceptor {

		private final Map<Object, Object> results = new ConcurrentHashMap<>();

		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			if (!exchange.action().name().equals("rates.today")) {
				return chain.proceed(exchange);
			}
			Object key = exchange.arguments(Map.class);
			Object known = this.results.get(key);
			return (known != null) ? Mono.just(known)
					: chain.proceed(exchange).doOnNext((result) -> this.results.put(key, result));
		}

	}
	// end::cache[]

	// tag::replace[]
	@Component
	@Order(4)
	static class Tenant implements ActionInterceptor {

		@Override
		@SuppressWarnings("unchecked")
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			Map<String, Object> arguments = exchange.arguments(Map.class);
			if (arguments == null || !arguments.containsKey("tenant")) {
				return chain.proceed(exchange);
			}
			arguments.put("tenant", exchange.session().attribute("tenant", String.class).orElse("none"));
			return chain.proceed(exchange.withArguments(arguments));
		}

	}
	// end::replace[]

	// tag::presence[]
	@Component
	static class Presence implements AgentSessionListener {

		private final Map<String, String> online = new ConcurrentHashMap<>();

		@Override
		public void attached(AgentSession session) {
			this.online.put(session.id(), session.agent().name());
		}

		@Override
		public void detached(AgentSession session, DetachReason reason, int closeCode) {
			this.online.remove(session.id());
		}

		@Override
		public void ended(AgentSession session, EndReason reason) {
			logger.info("Session " + session.id() + " has ended: " + reason);
		}

	}
	// end::presence[]

	// tag::operations[]
	@Component
	static class Greeter implements AgentSessionListener {

		private final ObjectProvider<AgentSocketOperations> agents;

		Greeter(ObjectProvider<AgentSocketOperations> agents) {
			this.agents = agents;
		}

		@Override
		public void opened(AgentSession session, OpenReason reason) {
			this.agents.getObject().publish("agent.joined", session.agent().name());
		}

	}
	// end::operations[]

	@Configuration(proxyBeanMethods = false)
	static class Users {

		// tag::users[]
		@Bean
		AgentSocketClientCustomizer questionsOfUsers(Screens screens) {
			return (builder) -> builder.onQuestion(
					(question) -> screens.of(question.context().get("user")).ask(question.prompt()).map(Answer::of));
		}
		// end::users[]

	}

	interface Screens {

		Screen of(String user);

	}

	interface Screen {

		Mono<String> ask(String prompt);

	}

}
