package io.agentsocket.event;

import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;

import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.method.MethodNames;
import io.agentsocket.method.Types;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

import org.springframework.core.CoroutinesUtils;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.Nullness;
import org.springframework.core.Ordered;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.Order;
import org.springframework.core.annotation.OrderUtils;

/**
 * Makes a listener of one method.
 */
final class ListenerReader {

	private static final int MAX_NAME = 128;

	private static final Map<Class<?>, Object> EMPTY = Map.of(Optional.class, Optional.empty(), OptionalInt.class,
			OptionalInt.empty(), OptionalLong.class, OptionalLong.empty(), OptionalDouble.class,
			OptionalDouble.empty());

	private final ReactiveAdapterRegistry registry;

	private final List<Codec> codecs;

	ListenerReader(ReactiveAdapterRegistry registry, List<Codec> codecs) {
		this.registry = registry;
		this.codecs = codecs;
	}

	/**
	 * Read a method.
	 * @param bean its bean
	 * @param method the method
	 * @param annotation its annotation
	 * @param problems gets mistakes
	 * @return the listener, or {@code null} when there are mistakes
	 */
	@Nullable Listener read(AnnotatedBean bean, Method method, AgentEvent annotation, DeclarationErrors problems) {
		int before = problems.count();
		String name = annotation.value().isEmpty() ? MethodNames.of(method) : annotation.value();
		String wrong = wrongName(name);
		if (wrong != null) {
			problems.add(bean, method, wrong, "Use at most " + MAX_NAME
					+ " letters, digits and _ . - /, that do not begin with . - / or " + Names.RESERVED_PREFIX + ".");
		}
		Supplier<BeanMethod> target = BeanMethod.target(bean, method, "A listener", problems);
		Parameters parameters = parameters(bean, method, problems);
		Return result = result(bean, method, problems);
		if (target == null || result == null || problems.count() != before) {
			return null;
		}
		return new Listener(name, DeclarationErrors.describe(bean.type(), method), order(bean, method),
				result.reactive(), parameters.payload(), new MethodCall(target, parameters, result));
	}

	/**
	 * Finds the mistake in the name of an event.
	 * @param name the name
	 * @return a sentence, or {@code null} when nothing is
	 */
	static @Nullable String wrongName(String name) {
		if (!Names.isValid(name) || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
			return "'" + name + "' is no name for an event.";
		}
		return name.startsWith(Names.RESERVED_PREFIX) ? "'" + name + "' is reserved for the protocol." : null;
	}

	/**
	 * Whether payloads can be read into a type at all.
	 * @param type the type
	 * @return {@code false} when a codec has no way to read it
	 */
	boolean isReadable(Type type) {
		for (Codec codec : this.codecs) {
			try {
				codec.decode(codec.encodeMap(Map.of()), type);
			}
			catch (CodecException ex) {
				// it can be read, only not from nothing
			}
			catch (IllegalArgumentException ex) {
				return false;
			}
		}
		return true;
	}

	private static int order(AnnotatedBean bean, Method method) {
		Order order = AnnotatedElementUtils.findMergedAnnotation(method, Order.class);
		return (order != null) ? order.value() : OrderUtils.getOrder(bean.type(), Ordered.LOWEST_PRECEDENCE);
	}

	private Parameters parameters(AnnotatedBean bean, Method method, DeclarationErrors problems) {
		MethodParameter[] all = bean.parameters(method);
		boolean[] session = new boolean[all.length];
		Listener.Payload payload = Listener.Payload.NONE;
		int count = all.length - (KotlinDetector.isSuspendingFunction(method) ? 1 : 0);
		for (int i = 0; i < count; i++) {
			MethodParameter parameter = all[i];
			session[i] = parameter.getParameterType() == AgentSession.class;
			if (session[i]) {
				continue;
			}
			if (payload != Listener.Payload.NONE) {
				problems.add(bean, method, parameter, "is a second payload, but an event has one.",
						"Take a record, besides the AgentSession.");
				break;
			}
			payload = payload(bean, method, parameter, problems);
		}
		return new Parameters(session, count, payload);
	}

	private Listener.Payload payload(AnnotatedBean bean, Method method, MethodParameter parameter,
			DeclarationErrors problems) {
		Type type = Types.javaType(parameter);
		if (Types.hasVariable(type)) {
			problems.add(bean, method, parameter, "has a type variable.", "Declare a type that is known.");
		}
		else if (this.registry.getAdapter(parameter.getParameterType()) != null) {
			problems.add(bean, method, parameter, "is a stream or future, but a payload is one value.",
					"Take the value itself.");
		}
		else if (!isReadable(type)) {
			problems.add(bean, method, parameter, "is of a type that no payload can be read into.",
					"Take a record, or give the type a creator that Jackson knows.");
		}
		Object absent = EMPTY.get(parameter.getParameterType());
		boolean optional = absent != null || Nullness.forMethodParameter(parameter) == Nullness.NULLABLE;
		return new Listener.Payload(type, !optional, absent);
	}

	private @Nullable Return result(AnnotatedBean bean, Method method, DeclarationErrors problems) {
		ResolvableType type = bean.returnType(method);
		Class<?> raw = type.resolve(Object.class);
		boolean suspending = KotlinDetector.isSuspendingFunction(method);
		if (raw == void.class || raw == Void.class || raw.getName().equals("kotlin.Unit")) {
			return new Return(suspending, null);
		}
		ReactiveAdapter adapter = suspending ? null : this.registry.getAdapter(raw);
		if (adapter == null || adapter.isMultiValue()) {
			problems.add(bean, method, "A listener returns nothing, or a Mono that completes: events have no answer.",
					"Return void or Mono<Void>.");
			return null;
		}
		if (!adapter.getDescriptor().isNoValue()
				&& this.registry.getAdapter(type.getGeneric(0).resolve(Object.class)) != null) {
			problems.add(bean, method, "The return type nests one stream or future in another.", "Return Mono<Void>.");
			return null;
		}
		return new Return(false, adapter);
	}

	/**
	 * Roles of the parameters.
	 *
	 * @param session whether the parameter is the session
	 * @param count number of parameters that take something
	 * @param payload the one that is not the session
	 */
	private record Parameters(boolean[] session, int count, Listener.Payload payload) {

		@Nullable Object[] arguments(AgentSession session, @Nullable Object payload) {
			@Nullable Object[] arguments = new Object[this.session.length];
			for (int i = 0; i < this.count; i++) {
				arguments[i] = this.session[i] ? session : payload;
			}
			return arguments;
		}

	}

	/**
	 * How the method returns.
	 *
	 * @param suspending whether it is a Kotlin function that suspends
	 * @param adapter adapts its return value, or {@code null} when that is nothing
	 */
	private record Return(boolean suspending, @Nullable ReactiveAdapter adapter) {

		boolean reactive() {
			return this.suspending || this.adapter != null;
		}

	}

	private record MethodCall(Supplier<BeanMethod> target, Parameters parameters,
			Return result) implements Listener.Call {

		@Override
		@SuppressWarnings("NullAway") // Spring's array may hold null, but does not say so
		public @Nullable Publisher<?> call(AgentSession session, @Nullable Object payload) throws Exception {
			BeanMethod method = this.target.get();
			@Nullable Object[] arguments = this.parameters.arguments(session, payload);
			if (this.result.suspending()) {
				return CoroutinesUtils.invokeSuspendingFunction(method.method(), method.bean(), arguments);
			}
			Object returned = method.invoke(arguments);
			ReactiveAdapter adapter = this.result.adapter();
			return (adapter != null && returned != null) ? adapter.toPublisher(returned) : null;
		}

	}

}
