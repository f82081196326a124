package io.agentsocket.tool.schema;

import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.Type;
import java.util.Enumeration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.ser.bean.BeanSerializerBase;
import tools.jackson.databind.ser.impl.UnknownSerializer;

import org.springframework.core.io.InputStreamSource;

/**
 * Types of the JDK and of Spring that hold or give a value, of which Jackson writes
 * something else: an empty object, headers beside the value, or nothing at all.
 */
public final class HollowTypes {

	private static final String VALUE = "Return the value, or a Mono of it.";

	private static final String BYTES = "Return a byte[], or a Flux<DataBuffer>.";

	/** Subtypes may have properties that are meant, such as a page of Spring Data. */
	private static final Map<Class<?>, String> GIVERS = Map.of(Callable.class, VALUE, Supplier.class, VALUE,
			Enumeration.class, "Return a List, or a Stream.");

	/** By their names, since not all are on each class path. */
	private static final Map<String, String> HOLDERS = Map.of("org.springframework.http.HttpEntity",
			"Return its body alone.", "org.springframework.http.codec.ServerSentEvent",
			"Return its data alone, such as in a Flux<Reading>.", Future.class.getName(),
			"Return a CompletableFuture, or a Mono.", Reader.class.getName(), "Return a String, or a Flux<String>.",
			InputStream.class.getName(), BYTES, InputStreamSource.class.getName(), BYTES);

	private HollowTypes() {
	}

	/**
	 * Look whether results of a type are values.
	 * @param mapper writes them
	 * @param type the type
	 * @return a type to return instead, or {@code null} if they are
	 */
	public static @Nullable String advice(ObjectMapper mapper, Type type) {
		JavaType javaType = mapper.constructType(type);
		Class<?> raw = javaType.getRawClass();
		// Types of applications may have properties that are meant.
		boolean known = raw.getName().startsWith("java.") || raw.getName().startsWith("org.springframework.");
		String advice = known ? known(raw) : null;
		return (advice != null && isWrittenAsBean(mapper, javaType)) ? advice : null;
	}

	private static @Nullable String known(Class<?> type) {
		String advice = GIVERS.get(type);
		return (advice != null) ? advice : holder(type);
	}

	private static @Nullable String holder(Class<?> type) {
		String advice = HOLDERS.get(type.getName());
		Class<?> parent = type.getSuperclass();
		if (advice == null && parent != null) {
			advice = holder(parent);
		}
		for (Class<?> other : type.getInterfaces()) {
			advice = (advice != null) ? advice : holder(other);
		}
		return advice;
	}

	/** A serializer or annotation of the application may write what is meant. */
	static boolean isWrittenAsBean(ObjectMapper mapper, JavaType type) {
		try {
			ValueSerializer<?> writer = Jackson.writer(mapper, type);
			return writer instanceof BeanSerializerBase || writer instanceof UnknownSerializer;
		}
		catch (JacksonException ex) {
			// Cannot be written at all, which is reported elsewhere.
			return false;
		}
	}

}
