package io.agentsocket.action;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema of an action, which may be made when it is first asked for: a function
 * that starts for one invocation needs none. Thread-safe.
 */
@Internal
public final class ActionSchema {

	private @Nullable Supplier<Map<String, Object>> source;

	private volatile @Nullable Map<String, Object> schema;

	private ActionSchema(@Nullable Supplier<Map<String, Object>> source, @Nullable Map<String, Object> schema) {
		this.source = source;
		this.schema = schema;
	}

	/**
	 * A schema that is there.
	 * @param schema maps, lists, texts, numbers and booleans; copied
	 * @return the schema
	 */
	public static ActionSchema of(Map<String, Object> schema) {
		return new ActionSchema(null, Collections.unmodifiableMap(new LinkedHashMap<>(schema)));
	}

	/**
	 * A schema that is made when it is first asked for.
	 * @param source makes it, once unless it fails
	 * @return the schema
	 */
	public static ActionSchema by(Supplier<Map<String, Object>> source) {
		return new ActionSchema(source, null);
	}

	/**
	 * The schema.
	 * @return maps, lists, texts, numbers and booleans, which cannot be changed
	 */
	public Map<String, Object> get() {
		Map<String, Object> made = this.schema;
		return (made != null) ? made : make();
	}

	static @Nullable Map<String, Object> get(@Nullable ActionSchema schema) {
		return (schema != null) ? schema.get() : null;
	}

	private synchronized Map<String, Object> make() {
		Map<String, Object> made = this.schema;
		Supplier<Map<String, Object>> from = this.source;
		if (made == null && from != null) {
			made = Collections.unmodifiableMap(from.get());
			this.schema = made;
			this.source = null;
		}
		return (made != null) ? made : Map.of();
	}

}
