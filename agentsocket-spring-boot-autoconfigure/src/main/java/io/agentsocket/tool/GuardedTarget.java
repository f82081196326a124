package io.agentsocket.tool;

import java.lang.reflect.Method;
import java.util.function.Supplier;

import io.agentsocket.method.BeanMethod;
import io.agentsocket.tool.execution.ToolGuard;
import org.jspecify.annotations.Nullable;

/**
 * The bean of a tool as its guard lets calls through to it. A bean that is the same in
 * each call is guarded once. Thread-safe.
 */
final class GuardedTarget implements Supplier<BeanMethod> {

	private final Supplier<BeanMethod> source;

	private final ToolGuard guard;

	private final Method method;

	private volatile @Nullable Pair latest;

	/**
	 * Create a source.
	 * @param source gives the bean
	 * @param guard the guard
	 * @param method the method where it was found
	 */
	GuardedTarget(Supplier<BeanMethod> source, ToolGuard guard, Method method) {
		this.source = source;
		this.guard = guard;
		this.method = method;
	}

	@Override
	public BeanMethod get() {
		BeanMethod given = this.source.get();
		Pair known = this.latest;
		if (known == null || known.given != given) {
			Object guarded = this.guard.guarded(given.bean(), this.method);
			known = new Pair(given, (guarded != given.bean()) ? BeanMethod.of(guarded, this.method) : given);
			this.latest = known;
		}
		return known.guarded;
	}

	private record Pair(BeanMethod given, BeanMethod guarded) {
	}

}
