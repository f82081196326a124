package io.agentsocket.codec;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;

/**
 * Readers of one mapper, each for one type. The mapper is asked for when the first value
 * is read. Thread-safe.
 */
final class TypedReaders {

	/** Types beyond this number are read without a cache. */
	private static final int CACHED = 1024;

	private final Supplier<ObjectMapper> mapper;

	private volatile @Nullable ObjectReader reader;

	private final Map<Type, ObjectReader> readers = new ConcurrentHashMap<>();

	/**
	 * Create readers.
	 * @param mapper gives the mapper, or makes it: it may be asked more than once
	 */
	TypedReaders(Supplier<ObjectMapper> mapper) {
		this.mapper = mapper;
	}

	ObjectReader untyped() {
		ObjectReader present = this.reader;
		return (present != null) ? present : create();
	}

	private synchronized ObjectReader create() {
		ObjectReader present = this.reader;
		if (present == null) {
			// The rest behind the value is checked by the codec, to tell it from a
			// misfit.
			present = this.mapper.get().reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
			this.reader = present;
		}
		return present;
	}

	ObjectReader of(Type type) {
		ObjectReader cached = this.readers.get(type);
		if (cached != null) {
			return cached;
		}
		ObjectReader untyped = untyped();
		ObjectReader created = untyped.forType(untyped.typeFactory().constructType(type));
		if (this.readers.size() < CACHED) {
			this.readers.put(type, created);
		}
		return created;
	}

}
