package io.agentsocket.action;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Stands around the invocations of a side, in both directions: to authorise, audit,
 * redact, cache, limit or observe them. The same on server and client. Interceptors form
 * a chain in their order; the first one is the outermost. Without interceptors there is
 * no chain, and it costs nothing.
 *
 * <p>
 * An interceptor calls {@code proceed} to go on with the rest of the chain, with what it
 * was given or with a changed copy. It may do that later, as part of a publisher, more
 * than once, or not at all: then it answers by itself, or refuses with an
 * {@link io.agentsocket.protocol.ActionException}. The publisher that {@code proceed}
 * returns does nothing before it is subscribed to. Its items come one by one, as the
 * receiver asks for them: operators such as {@code doOnNext}, {@code map} and
 * {@code onErrorMap} see and change each of them without collecting a stream, and pass
 * demand and cancellation on.
 *
 * <p>
 * Methods are called on the event loop of the session, or on the thread on which an
 * interceptor before them goes on, and must not block; blocking work belongs on a
 * scheduler of its own
 * ({@code Mono.fromCallable(...).subscribeOn(Schedulers.boundedElastic())}). They must be
 * thread-safe. The deadline of an invocation counts from its begin and holds for the time
 * that interceptors take, too. Actions of the protocol, whose names begin with
 * {@code as.}, are intercepted like all others: searches, subscriptions, questions and
 * approvals.
 */
public interface ActionInterceptor {

	/**
	 * Called for each action that this side runs, in the pod that runs it, after the
	 * refusals of the protocol (unknown or hidden actions, idempotency keys that are
	 * known, deadlines that have passed) and before an approval is asked for, the
	 * arguments are checked and the action begins. The arguments are not decoded yet;
	 * {@link AgentExchange#arguments(java.lang.reflect.Type)} decodes them. Results and
	 * errors are those of the action itself: objects that are not encoded yet, exceptions
	 * that no {@link ErrorResolver} has seen.
	 *
	 * <p>
	 * An error without {@code proceed} is a refusal: the action has certainly not run,
	 * and the idempotency key of the call stays free. An answer without {@code proceed}
	 * is the answer of the call, also for its idempotency key.
	 * @param exchange the invocation; {@link AgentExchange#withArguments(Object)} makes a
	 * copy with other arguments
	 * @param chain the rest of the chain: further interceptors, approval, the action
	 * @return publishes results of the kind {@link Action#result()}
	 */
	default Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
		return chain.proceed(exchange);
	}

	/**
	 * Called for each invocation that this side makes, once for each subscription to its
	 * result: those of applications, those nested into a running action, and questions,
	 * approvals and searches. The arguments are not encoded yet; results are decoded to
	 * the type that was asked for. A repetition after a reset of the session is part of
	 * the same invocation and not seen here.
	 *
	 * <p>
	 * An answer or error without {@code proceed} is that of the invocation, and nothing
	 * is sent. If {@code proceed} is subscribed to again, the action is invoked again
	 * with the same idempotency key.
	 * @param invocation the invocation; {@link Invocation#mutate()} makes a changed copy
	 * @param chain the rest of the chain: further interceptors, then the other side
	 * @return publishes values of {@link Invocation#resultType()}, at most one unless
	 * {@link Invocation#isStream()}
	 */
	default Publisher<?> interceptInvocation(Invocation invocation, InvocationChain chain) {
		return chain.proceed(invocation);
	}

	/**
	 * The rest of the chain around an action that this side runs.
	 */
	@FunctionalInterface
	interface ActionChain {

		/**
		 * Go on.
		 * @param exchange the invocation, or a copy with other arguments
		 * @return the results; begins when it is subscribed to
		 */
		Flux<Object> proceed(AgentExchange exchange);

	}

	/**
	 * The rest of the chain around an invocation that this side makes.
	 */
	@FunctionalInterface
	interface InvocationChain {

		/**
		 * Go on.
		 * @param invocation the invocation, or a changed copy
		 * @return the results; invokes when it is subscribed to
		 */
		Flux<Object> proceed(Invocation invocation);

	}

}
