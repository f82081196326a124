package io.agentsocket.security;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationContext;
import org.springframework.core.ResolvableType;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.Elvis;
import org.springframework.expression.spel.ast.Indexer;
import org.springframework.expression.spel.ast.InlineList;
import org.springframework.expression.spel.ast.Literal;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.OpAnd;
import org.springframework.expression.spel.ast.Operator;
import org.springframework.expression.spel.ast.OperatorNot;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.Ternary;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.security.access.PermissionEvaluator;
import org.springframework.security.access.expression.method.DefaultMethodSecurityExpressionHandler;
import org.springframework.security.access.expression.method.MethodSecurityExpressionHandler;
import org.springframework.security.access.hierarchicalroles.RoleHierarchy;
import org.springframework.security.authorization.AuthorizationManagerFactory;
import org.springframework.security.authorization.DefaultAuthorizationManagerFactory;
import org.springframework.security.config.core.GrantedAuthorityDefaults;
import org.springframework.security.core.Authentication;
import org.springframework.security.util.SimpleMethodInvocation;

/**
 * Expressions of Spring Security that say who sees a tool, evaluated as those of
 * {@code @PreAuthorize}, but without a call. Thread-safe.
 */
final class AccessExpressions {

	private static final Log logger = PrintableLog.of(AccessExpressions.class);

	/**
	 * Names that Spring Security offers to expressions, and that only look at the caller.
	 */
	private static final Set<String> OF_THE_CALLER = Set.of("hasRole", "hasAnyRole", "hasAllRoles", "hasAuthority",
			"hasAnyAuthority", "hasAllAuthorities", "permitAll", "denyAll", "isAnonymous", "isAuthenticated",
			"isRememberMe", "isFullyAuthenticated", "getAuthentication", "getPrincipal", "authentication", "principal",
			"anonymous", "authenticated", "rememberMe", "fullyAuthenticated");

	private final SpelExpressionParser parser = new SpelExpressionParser();

	private final MethodSecurityExpressionHandler handler;

	AccessExpressions(ApplicationContext context) {
		this.handler = context.getBeanProvider(MethodSecurityExpressionHandler.class)
			.getIfAvailable(() -> handler(context));
	}

	/** As method security makes it, which keeps it to itself. */
	private static MethodSecurityExpressionHandler handler(ApplicationContext context) {
		DefaultMethodSecurityExpressionHandler handler = new DefaultMethodSecurityExpressionHandler();
		handler.setApplicationContext(context);
		context.getBeanProvider(PermissionEvaluator.class).ifAvailable(handler::setPermissionEvaluator);
		DefaultAuthorizationManagerFactory<MethodInvocation> standard = new DefaultAuthorizationManagerFactory<>();
		context.getBeanProvider(RoleHierarchy.class).ifAvailable(standard::setRoleHierarchy);
		context.getBeanProvider(GrantedAuthorityDefaults.class)
			.ifAvailable((defaults) -> standard.setRolePrefix(defaults.getRolePrefix()));
		ResolvableType type = ResolvableType.forClassWithGenerics(AuthorizationManagerFactory.class,
				MethodInvocation.class);
		handler
			.setAuthorizationManagerFactory(context.<AuthorizationManagerFactory<MethodInvocation>>getBeanProvider(type)
				.getIfAvailable(() -> standard));
		return handler;
	}

	/**
	 * A rule that is meant to be evaluated without a call.
	 * @throws IllegalArgumentException if it cannot be
	 */
	Predicate<Authentication> rule(String text, Class<?> type, Method method) {
		SpelExpression expression;
		try {
			expression = (SpelExpression) this.parser.parseExpression(text);
		}
		catch (ParseException ex) {
			throw new IllegalArgumentException("The rule '" + text + "' cannot be read: " + ex.getSimpleMessage() + ".",
					ex);
		}
		if (hasVariable(expression.getAST())) {
			throw new IllegalArgumentException("The rule '" + text
					+ "' asks for arguments, and there are none when it is decided who sees the action.");
		}
		return predicate(List.of(expression), type, method);
	}

	private static boolean hasVariable(SpelNode node) {
		if (node instanceof VariableReference) {
			return true;
		}
		for (int i = 0; i < node.getChildCount(); i++) {
			if (hasVariable(node.getChild(i))) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The parts of a rule for calls that hold without a call, too: those that look at the
	 * caller only, and all of which have to hold. Others may ask for arguments, beans or
	 * permissions, which may block.
	 * @return the rule, or {@code null} when nothing can be said without a call
	 */
	@Nullable Predicate<Authentication> callerPart(String text, Class<?> type, Method method) {
		List<Expression> parts = new ArrayList<>();
		try {
			collect(((SpelExpression) this.parser.parseExpression(text)).getAST(), parts);
		}
		catch (ParseException ex) {
			// Method security says so at the first call.
			return null;
		}
		return parts.isEmpty() ? null : predicate(parts, type, method);
	}

	private void collect(SpelNode node, List<Expression> parts) {
		if (node instanceof OpAnd) {
			collect(node.getChild(0), parts);
			collect(node.getChild(1), parts);
		}
		else if (isOfTheCaller(node)) {
			parts.add(this.parser.parseExpression(node.toStringAST()));
		}
	}

	private static boolean isOfTheCaller(SpelNode node) {
		if (node instanceof CompoundExpression) {
			// The rest reads what the first one gives, such as principal.department.
			return isOfTheCaller(node.getChild(0)) && areChildren(node, 1);
		}
		if (node instanceof MethodReference method) {
			return OF_THE_CALLER.contains(method.getName()) && areChildren(node, 0);
		}
		if (node instanceof PropertyOrFieldReference property) {
			return OF_THE_CALLER.contains(property.getName());
		}
		boolean plain = node instanceof Literal || node instanceof Operator || node instanceof OperatorNot
				|| node instanceof Ternary || node instanceof Elvis || node instanceof InlineList;
		return plain && areChildren(node, 0);
	}

	private static boolean areChildren(SpelNode node, int first) {
		for (int i = first; i < node.getChildCount(); i++) {
			SpelNode child = node.getChild(i);
			boolean member = first > 0 && (child instanceof PropertyOrFieldReference || child instanceof MethodReference
					|| child instanceof Indexer);
			if (child instanceof BeanReference || !(member ? areChildren(child, 0) : isOfTheCaller(child))) {
				return false;
			}
		}
		return true;
	}

	private Predicate<Authentication> predicate(List<? extends Expression> parts, Class<?> type, Method method) {
		MethodInvocation invocation = new SimpleMethodInvocation(null, method, new Object[method.getParameterCount()]);
		SeldomWarning failed = new SeldomWarning(logger);
		return (authentication) -> {
			try {
				EvaluationContext context = this.handler.createEvaluationContext(() -> authentication, invocation);
				return parts.stream().allMatch((part) -> Boolean.TRUE.equals(part.getValue(context, Boolean.class)));
			}
			catch (RuntimeException ex) {
				failed.warn("A tool is hidden, as the rule of " + type.getName() + "." + method.getName()
						+ " that says who sees it has failed", ex);
				logger.debug("The rule has failed", ex);
				return false;
			}
		};
	}

}
