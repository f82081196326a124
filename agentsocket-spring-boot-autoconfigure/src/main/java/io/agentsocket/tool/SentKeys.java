package io.agentsocket.tool;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

import io.agentsocket.tool.schema.Jackson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * The names under which a caller has sent keys of maps. A key may be spelt in several
 * ways, and none of them need be its text in Java.
 */
final class SentKeys {

	private final ObjectMapper mapper;

	private final Supplier<? extends @Nullable JsonNode> source;

	private @Nullable JsonNode sent;

	/**
	 * Names by pointers to maps and by keys. Each map is read once, however many of its
	 * elements break a constraint.
	 */
	private final Map<String, Map<Object, String>> names = new HashMap<>();

	/**
	 * Create the names.
	 * @param mapper reads and writes keys
	 * @param sent gives the value that the caller has sent; asked at most once, and not
	 * unless there is a key
	 */
	SentKeys(ObjectMapper mapper, Supplier<? extends @Nullable JsonNode> sent) {
		this.mapper = mapper;
		this.source = sent;
	}

	/**
	 * The name of a key.
	 * @param pointer where the map is
	 * @param map type of the map, or {@code null} when it is not known
	 * @param key the key
	 * @return the name that the caller has sent, or the one that the key is written with
	 * when there is none
	 */
	String name(String pointer, @Nullable JavaType map, Object key) {
		JavaType type = (map != null && map.isMapLikeType()) ? map.getKeyType()
				: this.mapper.constructType((key instanceof Enum<?> one) ? one.getDeclaringClass() : key.getClass());
		String written = Jackson.key(this.mapper, type, key).orElseGet(key::toString);
		JsonNode there = sent().at(JsonPointer.compile(pointer));
		return there.has(written) ? written
				: this.names.computeIfAbsent(pointer, (at) -> names(there, type)).getOrDefault(key, written);
	}

	private Map<Object, String> names(JsonNode map, JavaType type) {
		Map<Object, String> names = new HashMap<>();
		for (String name : map.propertyNames()) {
			Object key = read(type, name);
			if (key != null) {
				names.put(key, name);
			}
		}
		return names;
	}

	private JsonNode sent() {
		JsonNode known = this.sent;
		if (known == null) {
			known = this.source.get();
			known = (known != null) ? known : MissingNode.getInstance();
			this.sent = known;
		}
		return known;
	}

	private @Nullable Object read(JavaType type, String name) {
		JavaType map = this.mapper.getTypeFactory()
			.constructMapType(Map.class, type, this.mapper.constructType(Boolean.class));
		try {
			Map<?, ?> read = this.mapper.readerFor(map).readValue(this.mapper.createObjectNode().put(name, true));
			return read.keySet().iterator().next();
		}
		catch (JacksonException ex) {
			return null;
		}
	}

}
