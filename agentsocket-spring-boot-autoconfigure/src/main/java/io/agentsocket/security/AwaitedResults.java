package io.agentsocket.security;

import java.util.Optional;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Rules about the result of a method, asked with the value of a future, or of another
 * type that is not there yet, rather than with the future itself. The thread that
 * completes it knows the caller meanwhile.
 */
final class AwaitedResults {

	private AwaitedResults() {
	}

	/**
	 * Let an advice see values.
	 * @param advice calls {@code proceed} before anything else
	 * @param holder where the advice looks for the caller
	 * @return the same advice
	 */
	static MethodInterceptor of(MethodInterceptor advice, SecurityContextHolderStrategy holder) {
		return (invocation) -> {
			Class<?> type = invocation.getMethod().getReturnType();
			ReactiveAdapter adapter = Publisher.class.isAssignableFrom(type) ? null
					: ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
			Object result = (adapter != null) ? invocation.proceed() : null;
			return (adapter != null && result != null)
					? adapter.fromPublisher(new Rule(advice, invocation, holder, holder.getContext())
						.asked(adapter.toPublisher(result), adapter.isMultiValue()))
					: advice.invoke((adapter != null) ? new Returned(invocation, null) : invocation);
		};
	}

	private record Rule(MethodInterceptor advice, MethodInvocation invocation, SecurityContextHolderStrategy holder,
			SecurityContext caller) {

		Publisher<?> asked(Publisher<Object> values, boolean many) {
			if (many) {
				return Flux.from(values).handle(this::ask);
			}
			// Also where there is no value: the rule may be about that.
			Mono<Optional<Object>> value = Mono.from(values).singleOptional();
			return value.handle((present, sink) -> ask(present.orElse(null), sink));
		}

		private void ask(@Nullable Object value, SynchronousSink<Object> sink) {
			SecurityContext before = this.holder.getContext();
			this.holder.setContext(this.caller);
			try {
				Object result = this.advice.invoke(new Returned(this.invocation, value));
				if (result != null) {
					sink.next(result);
				}
			}
			catch (Throwable ex) {
				Exceptions.throwIfJvmFatal(ex);
				sink.error(ex);
			}
			finally {
				if (before.getAuthentication() == null) {
					this.holder.clearContext();
				}
				else {
					this.holder.setContext(before);
				}
			}
		}

	}

	/** The method has returned already. */
	private static final class Returned extends DelegatingInvocation {

		private final @Nullable Object value;

		Returned(MethodInvocation invocation, @Nullable Object value) {
			super(invocation);
			this.value = value;
		}

		@Override
		@SuppressWarnings("NullAway") // The interface does not say that there may be none
		public Object proceed() {
			return this.value;
		}

	}

}
