package io.agentsocket.security;

import java.util.function.Function;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;

/**
 * Mark of an exception of Spring Security that came before the method of a tool was
 * entered. The exception itself stays the same, so that everybody who knows it still
 * does.
 */
final class NotEntered extends Throwable {

	private static final long serialVersionUID = 1L;

	private static final NotEntered MARK = new NotEntered();

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
	 * Mark the refusals of an advice.
	 * @param advice calls {@code proceed} when access is granted
	 * @return the same advice
	 */
	static MethodInterceptor marking(MethodInterceptor advice) {
		return (invocation) -> {
			Proceeding proceeding = new Proceeding(invocation);
			Function<Throwable, Throwable> mark = (error) -> mark(error, proceeding);
			Object result;
			try {
				result = advice.invoke(proceeding);
			}
			catch (AccessDeniedException | AuthenticationException ex) {
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

	private static Throwable mark(Throwable error, Proceeding proceeding) {
		boolean refused = error instanceof AccessDeniedException || error instanceof AuthenticationException;
		if (refused && !proceeding.begun && !isMarked(error)) {
			error.addSuppressed(MARK);
		}
		return error;
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
