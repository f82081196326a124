package io.agentsocket.tool;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;

import io.agentsocket.tool.schema.Jackson;
import io.agentsocket.tool.schema.Place;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * The names under which a caller has sent keys of maps. A key may be spelt in several
 * ways, and none of them need be its text in Java.
 */
final class SentKeys {

	/** Characters of a key that is written once. */
	private static final int LONG = 100;

	private final ObjectMapper mapper;

	private final Supplier<? extends @Nullable JsonNode> source;

	private @Nullable JsonNode sent;

	/**
	 * Names by maps and by keys. Each map is read once, however many of its elements
	 * break a constraint.
	 */
	private final Map<JsonNode, Map<Object, String>> names = new IdentityHashMap<>();

	private final Map<Object, String> longKeys = new IdentityHashMap<>();

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
	 * @param place where the map is
	 * @param map type of the map, or {@code null} when it is not known
	 * @param key the key
	 * @return the name that the caller has sent, or the one that the key is written with
	 * when there is none
	 */
	String name(Place place, @Nullable JavaType map, Object key) {
		JavaType type = (map != null && map.isMapLikeType()) ? map.getKeyType()
				: this.mapper.constructType((key instanceof Enum<?> one) ? one.getDeclaringClass() : key.getClass());
		String written = written(type, key);
		JsonNode there = place.in(sent());
		return there.has(written) ? written
				: this.names.computeIfAbsent(there, (at) -> names(at, type)).getOrDefault(key, written);
	}

	/** A key is the same object in the places of all elements behind it. */
	private String written(JavaType type, Object key) {
		String known = this.longKeys.get(key);
		if (known != null) {
			return known;
		}
		String written = Jackson.key(this.mapper, type, key).orElseGet(key::toString);
		if (written.length() > LONG) {
			this.longKeys.put(key, written);
		}
		return written;
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
