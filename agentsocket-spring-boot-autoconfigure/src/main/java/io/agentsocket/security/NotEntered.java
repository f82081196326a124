package io.agentsocket.security;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import kotlin.coroutines.Continuation;
import kotlinx.coroutines.reactor.ReactorContext;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;

/**
 * Mark of an exception of Spring Security that came before the method of a tool was
 * entered in a call. The exception itself stays the same, so that everybody who knows it
 * still does.
 */
final class NotEntered extends Throwable {

	private static final long serialVersionUID = 1L;

	private static final NotEntered MARK = new NotEntered();

	/** Attribute of an invocation that has entered the method. Its clones share it. */
	private static final String ENTERED = NotEntered.class.getName();

	/** Set between a call from outside and the proxy that is about to take it. */
	private static final ThreadLocal<Boolean> CALLED = new ThreadLocal<>();

	private NotEntered() {
		super("The method was not entered", null, false, false);
	}

	/** Whether an exception has the mark. */
	static boolean isMarked(Throwable error) {
		for (Throwable suppressed : error.getSuppressed()) {
			if (suppressed == MARK) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Mark the failures of an advice that has not granted access.
	 * @param advice calls {@code proceed} when access is granted
	 * @return the same advice
	 */
	static MethodInterceptor marking(MethodInterceptor advice) {
		return (invocation) -> {
			Proceeding proceeding = new Proceeding(invocation);
			Function<Throwable, Throwable> mark = (error) -> mark(error, invocation, proceeding);
			Object result;
			try {
				result = advice.invoke(proceeding);
			}
			catch (RuntimeException ex) {
				// The expression of a rule may have put another around Spring Security's.
				throw mark.apply(ex);
			}
			if (result instanceof Mono<?> mono) {
				return mono.onErrorMap(mark);
			}
			if (result instanceof Flux<?> flux) {
				return flux.onErrorMap(mark);
			}
			// A flow, for example.
			ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(null, result);
			return (adapter != null && result != null && adapter.isMultiValue())
					? adapter.fromPublisher(Flux.from(adapter.toPublisher(result)).onErrorMap(mark)) : result;
		};
	}

	private static Throwable mark(Throwable error, MethodInvocation invocation, Proceeding proceeding) {
		if (!proceeding.begun && !isEntered(invocation) && !isMarked(error)) {
			error.addSuppressed(MARK);
		}
		return error;
	}

	/** Attempts that repeat a call go through the rules again, each with a clone. */
	private static boolean isEntered(MethodInvocation invocation) {
		return invocation instanceof ProxyMethodInvocation call && call.getUserAttribute(ENTERED) != null;
	}

	private static void enter(MethodInvocation invocation) {
		if (invocation instanceof ProxyMethodInvocation call) {
			call.setUserAttribute(ENTERED, true);
		}
	}

	/**
	 * Advice after all rules that come before a method, which takes note that the method,
	 * or the advice of the application around it, is entered.
	 * @return the advice
	 */
	static MethodInterceptor entering() {
		return (invocation) -> {
			enter(invocation);
			return invocation.proceed();
		};
	}

	/**
	 * Advice of a proxy around one that the bean can call itself, while its method runs
	 * or later. Calls through here come from outside.
	 * @return the advice
	 */
	static MethodInterceptor calling() {
		return (invocation) -> {
			if (!KotlinDetector.isSuspendingFunction(invocation.getMethod())) {
				CALLED.set(true);
				try {
					return invocation.proceed();
				}
				finally {
					CALLED.remove();
				}
			}
			// A coroutine runs when somebody subscribes, perhaps after that has returned.
			Object result = invocation.proceed();
			if (result instanceof Flux<?> flux) {
				return flux.contextWrite(NotEntered::withCall);
			}
			return (result instanceof Mono<?> mono) ? mono.contextWrite(NotEntered::withCall) : result;
		};
	}

	private static Context withCall(Context context) {
		return context.put(NotEntered.class, new AtomicBoolean(true));
	}

	/**
	 * The outermost advice of a proxy that the bean can call itself: nothing is told of
	 * calls that do not come from outside, since they come from a method that runs.
	 * @return the advice
	 */
	static MethodInterceptor called() {
		return (invocation) -> {
			boolean called = KotlinDetector.isSuspendingFunction(invocation.getMethod())
					? Coroutines.isCalled(invocation.getArguments()) : CALLED.get() != null;
			if (!called) {
				enter(invocation);
			}
			CALLED.remove();
			return invocation.proceed();
		};
	}

	/**
	 * Reads the context of a coroutine, where there is Kotlin.
	 */
	private static final class Coroutines {

		private Coroutines() {
		}

		/** Once: calls that the function makes have the same context. */
		static boolean isCalled(@Nullable Object[] arguments) {
			ReactorContext context = (arguments[arguments.length - 1] instanceof Continuation<?> continuation)
					? continuation.getContext().get(ReactorContext.Key) : null;
			return context != null && context.getContext()
				.<AtomicBoolean>getOrEmpty(NotEntered.class)
				.map((call) -> call.getAndSet(false))
				.orElse(false);
		}

	}

	/**
	 * Takes note that the rest of the chain was called.
	 */
	private static final class Proceeding extends DelegatingInvocation {

		private volatile boolean begun;

		Proceeding(MethodInvocation invocation) {
			super(invocation);
		}

		@Override
		public Object proceed() throws Throwable {
			this.begun = true;
			return super.proceed();
		}

	}

}
