package io.agentsocket.codec;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;

/**
 * Readers of one mapper, each for one type.
 */
final class TypedReaders {

	/** Types beyond this number are read without a cache. */
	private static final int CACHED = 1024;

	private final ObjectMapper mapper;

	private final ObjectReader reader;

	private final Map<Type, ObjectReader> readers = new ConcurrentHashMap<>();

	TypedReaders(ObjectMapper mapper) {
		this.mapper = mapper;
		// The rest behind the value is checked by the codec, to tell it from a misfit.
		this.reader = mapper.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
	}

	ObjectReader untyped() {
		return this.reader;
	}

	ObjectReader of(Type type) {
		ObjectReader cached = this.readers.get(type);
		if (cached != null) {
			return cached;
		}
		ObjectReader created = this.reader.forType(this.mapper.constructType(type));
		if (this.readers.size() < CACHED) {
			this.readers.put(type, created);
		}
		return created;
	}

}
