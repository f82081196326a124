package io.agentsocket.security;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.session.AgentSession;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationContext;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.security.access.hierarchicalroles.RoleHierarchy;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authorization.AuthoritiesAuthorizationManager;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.authorization.method.AuthorizationAdvisor;
import org.springframework.security.authorization.method.Jsr250AuthorizationManager;
import org.springframework.security.authorization.method.SecuredAuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AnnotationTemplateExpressionDefaults;
import org.springframework.security.core.annotation.SecurityAnnotationScanner;
import org.springframework.security.core.annotation.SecurityAnnotationScanners;
import org.springframework.security.util.SimpleMethodInvocation;

/**
 * The rule that says who sees a tool: by its own rule and by what method security would
 * deny whatever the arguments are. Evaluated once for each principal of a session.
 * Thread-safe.
 */
final class ToolVisibility {

	private static final Log logger = PrintableLog.of(ToolVisibility.class);

	private final ApplicationContext context;

	private final AccessExpressions expressions;

	private final boolean hidesDenied;

	private final SecurityAnnotationScanner<PreAuthorize> preAuthorize;

	/** Rules of annotations that hold where the application has enabled them. */
	private final List<AuthorizationManager<MethodInvocation>> roles = new ArrayList<>();

	private final AtomicBoolean advised = new AtomicBoolean();

	ToolVisibility(ApplicationContext context, boolean hidesDenied) {
		this.context = context;
		this.expressions = new AccessExpressions(context);
		this.hidesDenied = hidesDenied;
		AnnotationTemplateExpressionDefaults templates = context
			.getBeanProvider(AnnotationTemplateExpressionDefaults.class)
			.getIfAvailable();
		this.preAuthorize = (templates != null)
				? SecurityAnnotationScanners.requireUnique(PreAuthorize.class, templates)
				: SecurityAnnotationScanners.requireUnique(PreAuthorize.class);
		AuthoritiesAuthorizationManager authorities = new AuthoritiesAuthorizationManager();
		context.getBeanProvider(RoleHierarchy.class).ifAvailable(authorities::setRoleHierarchy);
		if (context.containsBean("securedAuthorizationMethodInterceptor")) {
			SecuredAuthorizationManager secured = new SecuredAuthorizationManager();
			secured.setAuthoritiesAuthorizationManager(authorities);
			this.roles.add(secured);
		}
		if (context.containsBean("jsr250AuthorizationMethodInterceptor")) {
			Jsr250AuthorizationManager jsr250 = new Jsr250AuthorizationManager();
			jsr250.setAuthoritiesAuthorizationManager(authorities);
			this.roles.add(jsr250);
		}
	}

	/**
	 * Read the rules of a tool.
	 * @throws IllegalArgumentException if one cannot be evaluated without a call
	 */
	@Nullable Predicate<AgentSession> of(Class<?> type, Method method, AgentTool tool) {
		List<Predicate<Authentication>> rules = new ArrayList<>();
		AgentTool common = AnnotatedElementUtils.findMergedAnnotation(type, AgentTool.class);
		if (common != null && !common.visibleTo().isEmpty()) {
			rules.add(this.expressions.rule(common.visibleTo(), type, method));
		}
		if (!tool.visibleTo().isEmpty()) {
			rules.add(this.expressions.rule(tool.visibleTo(), type, method));
		}
		if (this.hidesDenied) {
			addDenied(rules, type, method);
		}
		if (rules.isEmpty()) {
			return null;
		}
		PrincipalAnswers answers = new PrincipalAnswers(
				(authentication) -> rules.stream().allMatch((rule) -> rule.test(authentication)));
		return (session) -> answers.of(session.principal());
	}

	private void addDenied(List<Predicate<Authentication>> rules, Class<?> type, Method method) {
		PreAuthorize annotation = this.preAuthorize.scan(method, type);
		if (annotation != null) {
			advise(type, method);
			Predicate<Authentication> part = this.expressions.callerPart(annotation.value(), type, method);
			if (part != null) {
				rules.add(part);
			}
		}
		MethodInvocation invocation = new SimpleMethodInvocation(null, method, new Object[method.getParameterCount()]);
		for (AuthorizationManager<MethodInvocation> manager : this.roles) {
			if (manager.authorize(() -> CallerAuthentication.of(null), invocation) != null) {
				rules.add((authentication) -> isGranted(manager.authorize(() -> authentication, invocation)));
			}
		}
	}

	private static boolean isGranted(@Nullable AuthorizationResult result) {
		return result == null || result.isGranted();
	}

	/** Without method security the annotation is only a comment. */
	private void advise(Class<?> type, Method method) {
		if (this.context.getBeanNamesForType(AuthorizationAdvisor.class, true, false).length == 0
				&& this.advised.compareAndSet(false, true)) {
			logger
				.warn("The tool " + type.getName() + "." + method.getName() + " has @PreAuthorize, but method security "
						+ "is not enabled: it hides the tool from agents, and nothing else. "
						+ "Add @EnableReactiveMethodSecurity or @EnableMethodSecurity.");
		}
	}

}
