package io.agentsocket.security;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;

import org.aopalliance.intercept.MethodInvocation;

/**
 * An invocation that passes everything on.
 */
abstract class DelegatingInvocation implements MethodInvocation {

	private final MethodInvocation invocation;

	DelegatingInvocation(MethodInvocation invocation) {
		this.invocation = invocation;
	}

	@Override
	public Method getMethod() {
		return this.invocation.getMethod();
	}

	@Override
	public Object[] getArguments() {
		return this.invocation.getArguments();
	}

	@Override
	public Object proceed() throws Throwable {
		return this.invocation.proceed();
	}

	@Override
	public Object getThis() {
		return this.invocation.getThis();
	}

	@Override
	public AccessibleObject getStaticPart() {
		return this.invocation.getStaticPart();
	}

}
