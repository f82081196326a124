package io.agentsocket.tool;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.declared.ValueRules;
import tools.jackson.databind.ObjectMapper;

/**
 * The mappers for arguments, one for each codec, shared by all tools.
 */
final class ArgumentMappers {

	private final Map<String, Entry> entries = new ConcurrentHashMap<>();

	ObjectMapper of(Codec codec) {
		ObjectMapper source = codec.mapper();
		return this.entries.compute(codec.name(), (name, entry) -> (entry != null && entry.source() == source) ? entry
				: new Entry(source, ValueRules.forArguments(source)))
			.mapper();
	}

	private record Entry(ObjectMapper source, ObjectMapper mapper) {

	}

}
