package io.agentsocket.security;

import java.util.Optional;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * A rule about the result of a method, asked with the value of a future, or of another
 * type that is not there yet, rather than with the future itself. The thread that
 * completes it knows the caller meanwhile.
 */
final class AwaitedResults implements MethodInterceptor {

	private final MethodInterceptor advice;

	private final SecurityContextHolderStrategy holder;

	/**
	 * Let an advice see values.
	 * @param advice calls {@code proceed} before anything else
	 * @param holder where the advice looks for the caller
	 */
	AwaitedResults(MethodInterceptor advice, SecurityContextHolderStrategy holder) {
		this.advice = advice;
		this.holder = holder;
	}

	private static @Nullable ReactiveAdapter adapter(Class<?> type) {
		return Publisher.class.isAssignableFrom(type) ? null
				: ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
	}

	/**
	 * Look at the type of a result. The rule makes another future of the one that a
	 * method returns, and knows the classes of the libraries only.
	 * @param type what a method returns
	 * @return a mistake, or {@code null} when the rule can be asked
	 */
	static @Nullable String mistake(Class<?> type) {
		ReactiveAdapter adapter = adapter(type);
		return (adapter == null || type.isInstance(adapter.fromPublisher(Mono.empty()))) ? null
				: "A rule is about the value of its result, and no " + type.getName() + " can be made of that.";
	}

	@Override
	@SuppressWarnings("NullAway") // The interface does not say that there may be none
	public Object invoke(MethodInvocation invocation) throws Throwable {
		Class<?> type = invocation.getMethod().getReturnType();
		ReactiveAdapter adapter = adapter(type);
		if (adapter == null) {
			return this.advice.invoke(invocation);
		}
		String mistake = mistake(type);
		if (mistake != null) {
			throw new IllegalStateException(invocation.getMethod() + " is no tool. " + mistake);
		}
		Object result;
		try {
			result = invocation.proceed();
		}
		catch (Exception ex) {
			// The advice has an answer of its own to some.
			return this.advice.invoke(new Returned(invocation, null, ex));
		}
		return (result != null) ? adapter
			.fromPublisher(new Rule(this.advice, invocation, adapter, this.holder, this.holder.getContext())
				.asked(adapter.toPublisher(result))) : this.advice.invoke(new Returned(invocation, null, null));
	}

	private record Rule(MethodInterceptor advice, MethodInvocation invocation, ReactiveAdapter adapter,
			SecurityContextHolderStrategy holder, SecurityContext caller) {

		Publisher<?> asked(Publisher<Object> values) {
			if (this.adapter.isMultiValue()) {
				return Flux.from(values).concatMap((value) -> ask(Optional.of(value)), 0);
			}
			// Also where there is no value: the rule may be about that.
			return Mono.from(values).singleOptional().flatMap((present) -> Mono.from(ask(present)));
		}

		private Publisher<Object> ask(Optional<Object> present) {
			Object value = present.orElse(null);
			SecurityContext before = this.holder.getContext();
			this.holder.setContext(this.caller);
			try {
				Object result = this.advice.invoke(new Returned(this.invocation, value, null));
				return (result != value) ? flat(result) : Mono.justOrEmpty(result);
			}
			catch (Throwable ex) {
				Exceptions.throwIfJvmFatal(ex);
				return Mono.error(ex);
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

		/** A handler of denials may return what the method returns. */
		private Publisher<Object> flat(@Nullable Object result) {
			if (result instanceof Publisher<?> publisher) {
				return Flux.from(publisher);
			}
			return this.adapter.getReactiveType().isInstance(result) ? this.adapter.toPublisher(result)
					: Mono.justOrEmpty(result);
		}

	}

	/** The method has returned, or failed, already. */
	private static final class Returned extends DelegatingInvocation {

		private final @Nullable Object value;

		private final @Nullable Exception error;

		Returned(MethodInvocation invocation, @Nullable Object value, @Nullable Exception error) {
			super(invocation);
			this.value = value;
			this.error = error;
		}

		@Override
		@SuppressWarnings("NullAway") // The interface does not say that there may be none
		public Object proceed() throws Exception {
			if (this.error != null) {
				throw this.error;
			}
			return this.value;
		}

	}

}
