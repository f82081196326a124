package io.agentsocket.tool.execution;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.function.Function;
import java.util.stream.BaseStream;

import io.agentsocket.action.ResultShape;
import io.agentsocket.method.Types;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * Result of a tool, as read from the return type of its method.
 *
 * @param shape the frames that are sent
 * @param source how the method gives it
 * @param type type of the value or of an item, or {@code null} without a schema
 * @param adapter turns a reactive type into a publisher
 */
public record ToolResult(ResultShape shape, Source source, @Nullable Type type, @Nullable ReactiveAdapter adapter) {

	/** A value of any kind, which a conversion has made. */
	public static final ToolResult CONVERTED = new ToolResult(ResultShape.VALUE, Source.PLAIN, null, null);

	/**
	 * Read a return type.
	 * @param returnType the type, resolved against the class of the bean
	 * @param registry knows reactive types
	 * @return the result
	 * @throws Unsupported if tools cannot return the type
	 */
	public static ToolResult of(ResolvableType returnType, ReactiveAdapterRegistry registry) throws Unsupported {
		Class<?> raw = returnType.resolve(Object.class);
		ReactiveAdapter adapter = registry.getAdapter(raw);
		if (adapter != null) {
			return reactive(returnType, adapter, registry);
		}
		if (isIteration(raw)) {
			Class<?> source = BaseStream.class.isAssignableFrom(raw) ? BaseStream.class
					: Iterator.class.isAssignableFrom(raw) ? Iterator.class : Iterable.class;
			ResolvableType item = item(returnType, source);
			Type type = itemType(item, registry);
			return new ToolResult(manyOf(item.resolve(Object.class)), Source.ITERATION, type, null);
		}
		if (isNothing(raw)) {
			return new ToolResult(ResultShape.NONE, Source.PLAIN, null, null);
		}
		if (Types.hasVariable(returnType.getType())) {
			throw new Unsupported("The return type has a type variable.", "Return a type that is known.");
		}
		return new ToolResult(isBinary(raw) ? ResultShape.BYTES : ResultShape.VALUE, Source.PLAIN, returnType.getType(),
				null);
	}

	private static ToolResult reactive(ResolvableType returnType, ReactiveAdapter adapter,
			ReactiveAdapterRegistry registry) throws Unsupported {
		if (adapter.getDescriptor().isNoValue()) {
			return new ToolResult(ResultShape.NONE, Source.REACTIVE, null, adapter);
		}
		ResolvableType item = item(returnType, adapter.getReactiveType());
		Type type = itemType(item, registry);
		Class<?> raw = item.resolve(Object.class);
		if (isNothing(raw)) {
			return new ToolResult(ResultShape.NONE, Source.REACTIVE, null, adapter);
		}
		ResultShape one = isBinary(raw) ? ResultShape.BYTES : ResultShape.VALUE;
		return new ToolResult(adapter.isMultiValue() ? manyOf(raw) : one, Source.REACTIVE, type, adapter);
	}

	private static ResolvableType item(ResolvableType returnType, Class<?> source) {
		ResolvableType item = returnType.as(source).getGeneric(0);
		if (item.getType() instanceof TypeVariable<?> && returnType.getType() instanceof ParameterizedType direct
				&& direct.getActualTypeArguments().length == 1) {
			item = returnType.getGeneric(0);
		}
		return item;
	}

	private static Type itemType(ResolvableType item, ReactiveAdapterRegistry registry) throws Unsupported {
		Type type = Types.upperBound(item.getType());
		if (item == ResolvableType.NONE || type == Object.class && item.getType() != Object.class
				|| type instanceof TypeVariable<?>) {
			throw new Unsupported("The return type does not say what it is a stream of.",
					"Declare the type of its items, such as Flux<Reading>.");
		}
		if (Types.hasVariable(type)) {
			throw new Unsupported("The return type has a type variable.", "Return a type that is known.");
		}
		Class<?> raw = item.resolve(Object.class);
		if (registry.getAdapter(raw) != null || isIteration(raw)) {
			throw new Unsupported("The return type nests one stream or future in another.",
					"Return a single Mono, Flux or Stream of values.");
		}
		return type;
	}

	private static boolean isIteration(Class<?> raw) {
		return BaseStream.class.isAssignableFrom(raw) || Iterator.class.isAssignableFrom(raw) || raw == Iterable.class;
	}

	private static boolean isNothing(Class<?> raw) {
		return raw == void.class || raw == Void.class || raw.getName().equals("kotlin.Unit");
	}

	private static boolean isBinary(Class<?> raw) {
		return raw == byte[].class || raw == Bytes.class || DataBuffer.class.isAssignableFrom(raw)
				|| ByteBuffer.class.isAssignableFrom(raw);
	}

	private static ResultShape manyOf(Class<?> raw) {
		if (isBinary(raw)) {
			return ResultShape.BYTES;
		}
		return CharSequence.class.isAssignableFrom(raw) ? ResultShape.TEXT : ResultShape.ITEMS;
	}

	/**
	 * Whether a schema describes the value or item.
	 * @return {@code false} for text, bytes and nothing
	 */
	public boolean hasSchema() {
		return this.shape == ResultShape.VALUE || this.shape == ResultShape.ITEMS;
	}

	/**
	 * Turns a value or item into its sent form; a {@code DataBuffer} is copied and
	 * released.
	 * @return the conversion
	 */
	Function<Object, Object> conversion() {
		return (this.shape == ResultShape.BYTES) ? ToolResult::bytes : Function.identity();
	}

	private static Object bytes(Object value) {
		if (value instanceof DataBuffer buffer) {
			try {
				byte[] array = new byte[buffer.readableByteCount()];
				buffer.read(array);
				return Bytes.of(array);
			}
			finally {
				DataBufferUtils.release(buffer);
			}
		}
		if (value instanceof ByteBuffer buffer) {
			byte[] array = new byte[buffer.remaining()];
			buffer.get(array);
			return Bytes.of(array);
		}
		return (value instanceof byte[] array) ? Bytes.of(array) : value;
	}

	/**
	 * Release a value or item that is not sent.
	 * @param value the value as the tool gave it
	 */
	static void release(Object value) {
		if (value instanceof DataBuffer buffer) {
			DataBufferUtils.release(buffer);
		}
	}

	/**
	 * How a method gives its result.
	 */
	public enum Source {

		/** It returns the value. */
		PLAIN,

		/** It returns a reactive type or a future. */
		REACTIVE,

		/**
		 * It returns a {@code Stream} or {@code Iterator}, or exactly {@code Iterable}.
		 */
		ITERATION

	}

	/**
	 * A type that tools cannot have.
	 */
	public static final class Unsupported extends Exception {

		private static final long serialVersionUID = 1L;

		private final String action;

		public Unsupported(String problem, String action) {
			super(problem);
			this.action = action;
		}

		public String action() {
			return this.action;
		}

	}

}
