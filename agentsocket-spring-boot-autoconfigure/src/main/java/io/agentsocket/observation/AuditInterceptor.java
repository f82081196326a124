package io.agentsocket.observation;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.Invocation;
import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.CodecException;
import io.agentsocket.observation.InvocationAudit.Direction;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

import org.springframework.core.Ordered;

/**
 * Records invocations in both directions for {@link InvocationAuditListener listeners}.
 * Stands outside of all interceptors but that of observations, so that what others refuse
 * is recorded, too. Thread-safe.
 */
@Internal
public final class AuditInterceptor implements ActionInterceptor, Ordered {

	private final AuditQueue queue;

	private final AuditSettings settings;

	private final ResolvedOutcomes outcomes;

	/**
	 * Create an interceptor.
	 * @param queue takes the records
	 * @param settings the parts that are recorded
	 * @param resolvers choose errors for exceptions of actions
	 */
	public AuditInterceptor(AuditQueue queue, AuditSettings settings, List<ErrorResolver> resolvers) {
		this.queue = queue;
		this.settings = settings;
		this.outcomes = new ResolvedOutcomes(resolvers);
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE + 1;
	}

	@Override
	public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
		String action = exchange.action().name();
		if (!this.settings.includes(action)) {
			return chain.proceed(exchange);
		}
		return Flux.defer(() -> {
			Attempt attempt = new Attempt((outcome, begin, duration) -> new InvocationAudit(Direction.RUN,
					exchange.session().id(), name(exchange.principal()), exchange.session().agent().name(), action,
					outcome, begin, duration, exchange.idempotencyKey(), exchange.traceparent(),
					arguments(action, () -> exchange.arguments().isEmpty() ? Map.of()
							: exchange.codec().<Map<?, ?>>decode(exchange.arguments(), Map.class))));
			return chain.proceed(exchange)
				.doOnError((error) -> attempt.ended(this.outcomes.of(error, exchange)))
				.doOnComplete(() -> attempt.ended(Outcome.OK))
				.doOnCancel(() -> attempt.ended(Outcome.cancelled(exchange.deadline())));
		});
	}

	@Override
	public Publisher<?> interceptInvocation(Invocation invocation, InvocationChain chain) {
		String action = invocation.action();
		if (!this.settings.includes(action)) {
			return chain.proceed(invocation);
		}
		return Flux.defer(() -> {
			AgentSession session = invocation.session();
			Attempt attempt = new Attempt((outcome, begin, duration) -> new InvocationAudit(Direction.INVOKED,
					session.id(), name(session.principal()), session.agent().name(), action, outcome, begin, duration,
					invocation.idempotencyKey(), invocation.traceparent(),
					arguments(action, () -> invocation.<Map<?, ?>>arguments(Map.class))));
			return chain.proceed(invocation)
				.doOnError((error) -> attempt.ended(Outcome.of(error)))
				.doOnComplete(() -> attempt.ended(Outcome.OK))
				.doOnCancel(() -> attempt.ended(Outcome.cancelled(invocation.deadline())));
		});
	}

	private static @Nullable String name(@Nullable Principal principal) {
		return (principal != null) ? principal.getName() : null;
	}

	/** A token is never recorded, whatever the name that it has in the arguments. */
	private @Nullable Map<String, Object> arguments(String action, Supplier<@Nullable Map<?, ?>> given) {
		AuditRedaction redaction = this.settings.redaction();
		if (redaction == null || action.equals(Names.AUTHENTICATE)) {
			return null;
		}
		try {
			Map<?, ?> arguments = given.get();
			return (arguments != null) ? AuditedArguments.of(action, arguments, redaction) : null;
		}
		catch (CodecException ex) {
			return null;
		}
	}

	/** Makes the record of an invocation when that has ended. */
	@FunctionalInterface
	private interface Record {

		InvocationAudit of(Outcome outcome, Instant begin, Duration duration);

	}

	/** A subscription to the results of an invocation. Is recorded once. */
	private final class Attempt {

		private final Record record;

		private final Instant begin = Instant.now();

		private final long start = System.nanoTime();

		private final AtomicBoolean ended = new AtomicBoolean();

		Attempt(Record record) {
			this.record = record;
		}

		void ended(Outcome outcome) {
			if (this.ended.compareAndSet(false, true)) {
				Duration duration = Duration.ofNanos(System.nanoTime() - this.start);
				AuditInterceptor.this.queue.add(this.record.of(outcome, this.begin, duration));
			}
		}

	}

}
