package io.agentsocket.security;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

import org.springframework.aop.Advisor;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.TargetSource;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.target.SimpleBeanTargetSource;
import org.springframework.context.ApplicationContext;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ResolvableType;
import org.springframework.security.access.expression.method.MethodSecurityExpressionHandler;
import org.springframework.security.authorization.AuthorizationEventPublisher;
import org.springframework.security.authorization.ReactiveAuthorizationManager;
import org.springframework.security.authorization.method.AuthorizationAdvisor;
import org.springframework.security.authorization.method.AuthorizationManagerAfterMethodInterceptor;
import org.springframework.security.authorization.method.AuthorizationManagerBeforeMethodInterceptor;
import org.springframework.security.authorization.method.MethodInvocationResult;
import org.springframework.security.authorization.method.PostAuthorizeAuthorizationManager;
import org.springframework.security.authorization.method.PostFilterAuthorizationMethodInterceptor;
import org.springframework.security.authorization.method.PreAuthorizeAuthorizationManager;
import org.springframework.security.authorization.method.PreFilterAuthorizationMethodInterceptor;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.core.annotation.AnnotationTemplateExpressionDefaults;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.util.ClassUtils;

/**
 * Method security of tools. A call goes through a copy of the bean's proxy, which differs
 * from it in two things. Denials that come before the method is entered are marked, see
 * {@link NotEntered}. And where the application has enabled reactive method security,
 * which knows nothing but methods that return a publisher, Spring Security's annotations
 * hold for tools that return values, too, checked on the thread that runs the tool.
 * Thread-safe.
 */
final class MethodSecurity {

	/** Begins the names of Spring Security's configurations of method security. */
	private static final String CONFIGURATION = "org.springframework.security.config.annotation.method.configuration.";

	private static final String REACTIVE = CONFIGURATION + "ReactiveAuthorizationManagerMethodSecurityConfiguration";

	/** Names of the beans that it registers. */
	private static final List<String> BEFORE = List.of("preFilterAuthorizationMethodInterceptor",
			"preAuthorizeAuthorizationMethodInterceptor");

	private static final List<String> AFTER = List.of("postAuthorizeAuthorizationMethodInterceptor",
			"postFilterAuthorizationMethodInterceptor");

	private static final String FLOW = "kotlinx.coroutines.flow.Flow";

	private final List<Advisor> blocking;

	private final boolean reactive;

	/** The advices that {@link #blocking} stands for. */
	private final Set<Object> replaceable;

	private final SecurityContextHolderStrategy holder;

	/** The interceptors of Spring Security that run after a method that returns. */
	private final Set<Object> after;

	/**
	 * Read the kinds of method security that the application has enabled.
	 * @param context the application
	 */
	MethodSecurity(ApplicationContext context) {
		ClassLoader loader = context.getClassLoader();
		this.reactive = ClassUtils.isPresent(REACTIVE, loader)
				&& context.getBeanNamesForType(ClassUtils.resolveClassName(REACTIVE, loader), true, false).length > 0;
		this.holder = context.getBeanProvider(SecurityContextHolderStrategy.class)
			.getIfAvailable(SecurityContextHolder::getContextHolderStrategy);
		this.blocking = this.reactive ? blocking(context, this.holder) : List.of();
		this.replaceable = this.reactive ? replaceable(context) : Set.of();
		this.after = this.reactive ? Set.of() : interceptors(context, AFTER);
	}

	/**
	 * The reactive interceptors of Spring Security itself. An interceptor of the
	 * application has rules that nothing else knows: it stays, and refuses methods that
	 * return values.
	 */
	private static Set<Object> replaceable(ApplicationContext context) {
		if (isProcessed(context, MethodInvocation.class) || isProcessed(context, MethodInvocationResult.class)) {
			return Set.of();
		}
		Set<Object> advices = interceptors(context, BEFORE);
		advices.addAll(interceptors(context, AFTER));
		return advices;
	}

	private static Set<Object> interceptors(ApplicationContext context, List<String> names) {
		Set<Object> advices = Collections.newSetFromMap(new IdentityHashMap<>());
		names.stream()
			.filter(context::containsBean)
			.map(context::getBean)
			.filter((advice) -> advice.getClass().getName().startsWith(CONFIGURATION))
			.forEach(advices::add);
		return advices;
	}

	/**
	 * Whether the application has put something in place of Spring Security's manager.
	 */
	private static boolean isProcessed(ApplicationContext context, Class<?> subject) {
		ResolvableType manager = ResolvableType.forClassWithGenerics(ReactiveAuthorizationManager.class, subject);
		Object processor = context
			.getBeanProvider(ResolvableType.forClassWithGenerics(ObjectPostProcessor.class, manager))
			.getIfUnique();
		return processor != null && !processor.getClass().getName().startsWith(CONFIGURATION);
	}

	/** In their order: filter arguments, check, run, check, filter the result. */
	private static List<Advisor> blocking(ApplicationContext context, SecurityContextHolderStrategy holder) {
		PreFilterAuthorizationMethodInterceptor preFilter = new PreFilterAuthorizationMethodInterceptor();
		PreAuthorizeAuthorizationManager before = new PreAuthorizeAuthorizationManager();
		PostAuthorizeAuthorizationManager after = new PostAuthorizeAuthorizationManager();
		PostFilterAuthorizationMethodInterceptor postFilter = new PostFilterAuthorizationMethodInterceptor();
		before.setApplicationContext(context);
		after.setApplicationContext(context);
		context.getBeanProvider(AnnotationTemplateExpressionDefaults.class).ifAvailable((defaults) -> {
			preFilter.setTemplateDefaults(defaults);
			before.setTemplateDefaults(defaults);
			after.setTemplateDefaults(defaults);
			postFilter.setTemplateDefaults(defaults);
		});
		context.getBeanProvider(MethodSecurityExpressionHandler.class).ifAvailable((handler) -> {
			preFilter.setExpressionHandler(handler);
			before.setExpressionHandler(handler);
			after.setExpressionHandler(handler);
			postFilter.setExpressionHandler(handler);
		});
		AuthorizationManagerBeforeMethodInterceptor preAuthorize = AuthorizationManagerBeforeMethodInterceptor
			.preAuthorize(before);
		AuthorizationManagerAfterMethodInterceptor postAuthorize = AuthorizationManagerAfterMethodInterceptor
			.postAuthorize(after);
		preFilter.setSecurityContextHolderStrategy(holder);
		preAuthorize.setSecurityContextHolderStrategy(holder);
		postAuthorize.setSecurityContextHolderStrategy(holder);
		postFilter.setSecurityContextHolderStrategy(holder);
		context.getBeanProvider(AuthorizationEventPublisher.class).ifAvailable((publisher) -> {
			preAuthorize.setAuthorizationEventPublisher(publisher);
			postAuthorize.setAuthorizationEventPublisher(publisher);
		});
		return List.of(marking(preFilter), marking(preAuthorize), awaiting(postAuthorize, holder),
				awaiting(postFilter, holder));
	}

	/**
	 * The bean that calls of a tool go through.
	 * @param bean the bean of the container
	 * @param method the method of the tool
	 * @return the bean itself when no method of it is secured and it stands for itself
	 */
	Object guarded(Object bean, Method method) {
		if (!(bean instanceof Advised advised)) {
			return bean;
		}
		List<Advisor> advisors = advisors(advised, this.reactive && !isReactive(method));
		if (!advisors.isEmpty()) {
			return copy(bean, advised, advised.getTargetSource(), advisors);
		}
		// Behind a scoped proxy there is the secured one, perhaps another one each time.
		return (advised.getTargetSource() instanceof SimpleBeanTargetSource source)
				? copy(bean, advised, new GuardedTargets(source, method), List.of(advised.getAdvisors())) : bean;
	}

	/**
	 * Whether a proxy asks a rule before or after a method, if it gets to see the call.
	 * @param bean a bean
	 * @param method a method of its class
	 */
	static boolean secures(Object bean, Method method) {
		if (!(bean instanceof Advised advised)) {
			return false;
		}
		Class<?> type = AopUtils.getTargetClass(bean);
		return Arrays.stream(advised.getAdvisors())
			.filter((advisor) -> advisor.getAdvice() instanceof AuthorizationAdvisor)
			.map((advisor) -> ((AuthorizationAdvisor) advisor.getAdvice()).getPointcut())
			.anyMatch((rule) -> rule.getClassFilter().matches(type) && rule.getMethodMatcher().matches(method, type));
	}

	/**
	 * Whether a rule about the result of a tool can be asked.
	 * @param bean the bean of the container
	 * @param method the method of the tool
	 * @return a mistake, or {@code null}
	 */
	@Nullable String mistake(Object bean, Method method) {
		if (!(bean instanceof Advised advised)) {
			return null;
		}
		Class<?> type = AopUtils.getTargetClass(bean);
		boolean awaited = advisors(advised, this.reactive && !isReactive(method)).stream()
			.filter((advisor) -> advisor.getAdvice() instanceof AwaitedResults)
			.map((advisor) -> ((PointcutAdvisor) advisor).getPointcut())
			.anyMatch((rule) -> rule.getClassFilter().matches(type) && rule.getMethodMatcher().matches(method, type));
		return awaited ? AwaitedResults.mistake(method.getReturnType()) : null;
	}

	private static Object copy(Object bean, Advised advised, TargetSource targets, List<Advisor> advisors) {
		ProxyFactory copy = new ProxyFactory();
		copy.setTargetSource(targets);
		copy.setInterfaces(advised.getProxiedInterfaces());
		copy.setProxyTargetClass(advised.isProxyTargetClass());
		copy.setExposeProxy(advised.isExposeProxy());
		copy.setPreFiltered(advised.isPreFiltered());
		copy.addAdvisors(advisors);
		Object guarded = copy.getProxy(bean.getClass().getClassLoader());
		return advised.isExposeProxy() ? outside(guarded, advised) : guarded;
	}

	/** A proxy that is not exposed to the bean, for calls from outside. */
	private static Object outside(Object guarded, Advised advised) {
		ProxyFactory outside = new ProxyFactory();
		outside.setTarget(guarded);
		outside.setInterfaces(advised.getProxiedInterfaces());
		outside.setProxyTargetClass(advised.isProxyTargetClass());
		outside.addAdvice(NotEntered.calling());
		return outside.getProxy(guarded.getClass().getClassLoader());
	}

	/** The advisors of the copy; empty when none is about security. */
	private List<Advisor> advisors(Advised advised, boolean replace) {
		List<Advisor> advisors = new ArrayList<>();
		boolean secured = false;
		boolean replaced = false;
		int granted = 0;
		for (Advisor advisor : advised.getAdvisors()) {
			if (!(advisor.getAdvice() instanceof AuthorizationAdvisor authorization)) {
				advisors.add(advisor);
				continue;
			}
			secured = true;
			if (!replace || !this.replaceable.contains(authorization)) {
				boolean after = isAfter(authorization);
				advisors.add(after ? awaiting(authorization, this.holder) : marking(authorization));
				granted = after ? granted : advisors.size();
			}
			else if (!replaced) {
				granted = advisors.size() + BEFORE.size();
				advisors.addAll(this.blocking);
				replaced = true;
			}
		}
		if (!secured) {
			return List.of();
		}
		// Advice of the application within the rules may have its effect and fail.
		advisors.add(granted, new DefaultPointcutAdvisor(NotEntered.entering()));
		if (advised.isExposeProxy()) {
			advisors.add(0, new DefaultPointcutAdvisor(NotEntered.called()));
		}
		return advisors;
	}

	private static boolean isReactive(Method method) {
		Class<?> type = method.getReturnType();
		return Publisher.class.isAssignableFrom(type) || FLOW.equals(type.getName())
				|| KotlinDetector.isSuspendingFunction(method);
	}

	/**
	 * The beans behind a scoped proxy, as calls of a tool go through to them.
	 */
	private final class GuardedTargets implements TargetSource {

		private final SimpleBeanTargetSource source;

		private final Method method;

		GuardedTargets(SimpleBeanTargetSource source, Method method) {
			this.source = source;
			this.method = method;
		}

		@Override
		public @Nullable Class<?> getTargetClass() {
			return this.source.getTargetClass();
		}

		@Override
		public Object getTarget() throws Exception {
			return guarded(this.source.getTarget(), this.method);
		}

	}

	private boolean isAfter(AuthorizationAdvisor advice) {
		return this.after.contains(advice) || advice instanceof AuthorizationManagerAfterMethodInterceptor
				|| advice instanceof PostFilterAuthorizationMethodInterceptor;
	}

	private static Advisor awaiting(AuthorizationAdvisor advisor, SecurityContextHolderStrategy holder) {
		return new DefaultPointcutAdvisor(advisor.getPointcut(), new AwaitedResults(advisor, holder));
	}

	private static Advisor marking(AuthorizationAdvisor advisor) {
		return new DefaultPointcutAdvisor(advisor.getPointcut(), NotEntered.marking(advisor));
	}

}
