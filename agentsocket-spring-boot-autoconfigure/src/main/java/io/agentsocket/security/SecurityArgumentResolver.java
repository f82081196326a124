package io.agentsocket.security;

import java.lang.annotation.Annotation;
import java.security.Principal;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.tool.ToolArgumentResolver;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.core.MethodParameter;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.expression.Expression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.StandardEvaluationContext;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AnnotationTemplateExpressionDefaults;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.annotation.CurrentSecurityContext;
import org.springframework.security.core.annotation.SecurityAnnotationScanner;
import org.springframework.security.core.annotation.SecurityAnnotationScanners;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Supplies parameters of tools with {@link AuthenticationPrincipal},
 * {@link CurrentSecurityContext} or an annotation that has one of these, and those of
 * type {@link SecurityContext}, as Spring Security supplies those of controllers. A
 * parameter of a reactive type gets a publisher of the value, an {@link Optional} is
 * empty for a value of another type. Thread-safe.
 */
@Internal
public final class SecurityArgumentResolver implements ToolArgumentResolver {

	private final SpelExpressionParser parser = new SpelExpressionParser();

	private final Map<MethodParameter, Source> sources = new ConcurrentHashMap<>();

	private final BeanFactoryResolver beans;

	private final @Nullable AnnotationTemplateExpressionDefaults templates;

	/**
	 * Create a resolver.
	 * @param beans the beans that expressions may name
	 * @param templates placeholders in expressions of the application's own annotations,
	 * or {@code null}
	 */
	public SecurityArgumentResolver(BeanFactory beans, @Nullable AnnotationTemplateExpressionDefaults templates) {
		this.beans = new BeanFactoryResolver(beans);
		this.templates = templates;
	}

	@Override
	public boolean supports(MethodParameter parameter) {
		// For an Optional it is asked once more, for what is in it.
		return (isElement(parameter) || parameter.getParameterType() != Optional.class) && source(parameter) != null;
	}

	private static boolean isElement(MethodParameter parameter) {
		return parameter.getNestingLevel() > 1;
	}

	private @Nullable Source source(MethodParameter parameter) {
		Source known = this.sources.get(parameter);
		if (known == null) {
			known = read(parameter);
			if (known != null) {
				this.sources.put(parameter, known);
			}
		}
		return known;
	}

	private @Nullable Source read(MethodParameter parameter) {
		AuthenticationPrincipal principal = annotation(parameter, AuthenticationPrincipal.class);
		if (principal != null) {
			return new Source(false, expression(principal.expression()), principal.errorOnInvalidType());
		}
		CurrentSecurityContext context = annotation(parameter, CurrentSecurityContext.class);
		if (context != null) {
			return new Source(true, expression(context.expression()), context.errorOnInvalidType());
		}
		return SecurityContext.class.equals(parameter.getParameterType()) ? new Source(true, null, false) : null;
	}

	private <A extends Annotation> @Nullable A annotation(MethodParameter parameter, Class<A> type) {
		if (this.templates != null) {
			SecurityAnnotationScanner<A> scanner = SecurityAnnotationScanners.requireUnique(type, this.templates);
			A found = scanner.scan(parameter.getParameter());
			if (found != null) {
				return found;
			}
		}
		// The annotations of the parameter in interfaces are among them.
		MergedAnnotation<A> merged = MergedAnnotations.from(parameter.getParameterAnnotations()).get(type);
		return merged.isPresent() ? merged.synthesize() : null;
	}

	private @Nullable Expression expression(String text) {
		return StringUtils.hasLength(text) ? this.parser.parseExpression(text) : null;
	}

	@Override
	public @Nullable Object resolve(MethodParameter parameter, AgentExchange exchange) {
		Source source = source(parameter);
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(parameter.getParameterType());
		Object value = (source != null) ? value(source, parameter, adapter, exchange.principal()) : null;
		return (adapter != null) ? adapter.fromPublisher(Mono.justOrEmpty(value)) : value;
	}

	private @Nullable Object value(Source source, MethodParameter parameter, @Nullable ReactiveAdapter adapter,
			@Nullable Principal caller) {
		Authentication authentication = CallerAuthentication.of(caller);
		Object value = source.ofContext ? new SecurityContextImpl(authentication) : authentication.getPrincipal();
		if (source.expression != null && value != null) {
			StandardEvaluationContext context = new StandardEvaluationContext(value);
			context.setVariable("this", value);
			context.setBeanResolver(this.beans);
			value = source.expression.getValue(context);
		}
		Class<?> wanted = (adapter != null) ? ResolvableType.forMethodParameter(parameter).resolveGeneric(0)
				: parameter.getParameterType();
		if (isElement(parameter) && wanted != Optional.class && value instanceof Optional<?> optional) {
			// It is put into an Optional again.
			value = optional.orElse(null);
		}
		if (value == null || wanted == null || ClassUtils.isAssignableValue(wanted, value)) {
			return value;
		}
		if (source.errorOnInvalidType) {
			throw new ActionException((caller != null) ? ErrorCode.PERMISSION_DENIED : ErrorCode.UNAUTHENTICATED,
					"This action is not for this kind of caller.")
				.withCause(new ClassCastException(value.getClass() + " is not assignable to " + wanted))
				.notRun();
		}
		return null;
	}

	/**
	 * Where a parameter comes from.
	 *
	 * @param ofContext whether from the security context, else from the principal
	 * @param expression evaluated on that, or {@code null} for itself
	 * @param errorOnInvalidType whether another type is an error, else {@code null}
	 */
	private record Source(boolean ofContext, @Nullable Expression expression, boolean errorOnInvalidType) {
	}

}
