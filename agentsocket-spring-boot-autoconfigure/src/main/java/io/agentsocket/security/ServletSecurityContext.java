package io.agentsocket.security;

import io.agentsocket.annotation.Internal;
import jakarta.servlet.http.HttpServletRequest;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.core.context.SecurityContextImpl;

/**
 * Brings the authentication that the filter chain of a servlet application has put into
 * the thread of the request to the invocations of the connection. Thread-safe.
 */
@Internal
public final class ServletSecurityContext {

	private final SecurityContextHolderStrategy holder;

	/**
	 * Create a context.
	 * @param holder where the filter chain puts the authentication
	 */
	public ServletSecurityContext(SecurityContextHolderStrategy holder) {
		this.holder = holder;
	}

	/** A context with the defaults of Spring Security. */
	public ServletSecurityContext() {
		this(SecurityContextHolder.getContextHolderStrategy());
	}

	/**
	 * The Reactor context with the authentication. Called on the thread of the request,
	 * behind all filters.
	 * @param request the request that is upgraded
	 * @return the context, empty without an authentication
	 */
	public ContextView of(HttpServletRequest request) {
		Authentication authentication = this.holder.getContext().getAuthentication();
		// Another context than that of the thread, which the chain clears.
		return (authentication != null)
				? ReactiveSecurityContextHolder.withSecurityContext(Mono.just(new SecurityContextImpl(authentication)))
				: Context.empty();
	}

}
