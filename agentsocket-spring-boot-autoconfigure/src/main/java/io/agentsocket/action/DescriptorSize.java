package io.agentsocket.action;

import java.util.Map;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of the heap that a descriptor takes, for those who keep what the other side has
 * sent.
 */
@Internal
public final class DescriptorSize {

	/** A value beside its characters: an object, and its place in a map or list. */
	private static final int VALUE = 64;

	/** A descriptor beside its values: four objects and a place in a map. */
	private static final int DESCRIPTOR = 256;

	private DescriptorSize() {
	}

	/**
	 * Estimate the size of a descriptor, schemas and all.
	 * @param name name of the action
	 * @param descriptor its descriptor, or {@code null} when only the name is kept
	 * @return bytes
	 */
	public static long of(String name, @Nullable ActionDescriptor descriptor) {
		long size = DESCRIPTOR + size(name);
		if (descriptor != null) {
			size += size(descriptor.title()) + size(descriptor.description()) + size(descriptor.tags())
					+ size(descriptor.input()) + size(descriptor.output()) + size(descriptor.items());
		}
		return size;
	}

	/** Two bytes for each character: one that is not Latin makes all of them so wide. */
	private static long size(@Nullable Object value) {
		if (value instanceof CharSequence text) {
			return VALUE + 2L * text.length();
		}
		long size = VALUE;
		if (value instanceof Map<?, ?> map) {
			for (Map.Entry<?, ?> entry : map.entrySet()) {
				size += size(entry.getKey()) + size(entry.getValue());
			}
		}
		else if (value instanceof Iterable<?> list) {
			for (Object each : list) {
				size += size(each);
			}
		}
		return (value != null) ? size : 0;
	}

}
