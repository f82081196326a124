package io.agentsocket.security;

import java.lang.reflect.Method;
import java.util.function.Predicate;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.Internal;
import io.agentsocket.session.AgentSession;
import io.agentsocket.tool.execution.ToolGuard;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

import org.springframework.context.ApplicationContext;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Spring Security around tools: {@link SecurityContextHolder} has the caller on each
 * thread that runs code of a tool, and only there, and method security holds for tools of
 * every kind. Thread-safe.
 */
@Internal
public final class SecurityToolGuard implements ToolGuard {

	/** Key of the accessor by which Spring Security has the holder propagated. */
	private static final String PROPAGATED = SecurityContext.class.getName();

	private final SecurityContextHolderStrategy holder;

	private final MethodSecurity methods;

	private final ToolVisibility visibility;

	/**
	 * Create a guard.
	 * @param context the application
	 * @param hidesDenied whether tools are hidden from agents to whom method security
	 * denies them whatever the arguments are
	 */
	public SecurityToolGuard(ApplicationContext context, boolean hidesDenied) {
		this.holder = context.getBeanProvider(SecurityContextHolderStrategy.class)
			.getIfAvailable(SecurityContextHolder::getContextHolderStrategy);
		this.methods = new MethodSecurity(context);
		this.visibility = new ToolVisibility(context, hidesDenied);
	}

	@Override
	public Object guarded(Object bean, Method method) {
		return this.methods.guarded(bean, method);
	}

	@Override
	public @Nullable String mistake(Object bean, Method method) {
		return this.methods.mistake(bean, method);
	}

	@Override
	public boolean secures(Object bean, Method method) {
		return MethodSecurity.secures(bean, method);
	}

	@Override
	public Scope enter(AgentExchange exchange) {
		SecurityContext before = this.holder.getContext();
		this.holder.setContext(of(exchange));
		return () -> leave(before);
	}

	private SecurityContext of(AgentExchange exchange) {
		SecurityContext present = this.holder.createEmptyContext();
		present.setAuthentication(CallerAuthentication.of(exchange.principal()));
		return present;
	}

	@Override
	public Context propagated(Context context, AgentExchange exchange) {
		return context.put(PROPAGATED, of(exchange));
	}

	@Override
	public @Nullable Predicate<AgentSession> visibility(Class<?> type, Method method, AgentTool tool) {
		return this.visibility.of(type, method, tool);
	}

	private void leave(SecurityContext before) {
		if (before.getAuthentication() == null) {
			// Made by the question what there is.
			this.holder.clearContext();
		}
		else {
			this.holder.setContext(before);
		}
	}

}
