package com.example.conformance.run;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.example.conformance.wire.Values;
import org.jspecify.annotations.Nullable;

/**
 * Names in a script and what they are bound to.
 */
final class Bindings {

	private final Map<String, Object> values = new HashMap<>();

	synchronized void put(String name, Object value) {
		this.values.put(name, value);
	}

	synchronized Object get(String name) {
		return this.values.getOrDefault(name, name);
	}

	@Nullable synchronized Object fill(@Nullable Object value) {
		if (value instanceof String text && text.startsWith("$")) {
			return this.values.getOrDefault(text, text);
		}
		if (value instanceof List<?> list) {
			List<@Nullable Object> filled = new ArrayList<>();
			list.forEach((element) -> filled.add(fill(element)));
			return filled;
		}
		if (value instanceof Map<?, ?> map) {
			Map<Object, @Nullable Object> filled = new LinkedHashMap<>();
			map.forEach((key, member) -> filled.put(key, fill(member)));
			return filled;
		}
		return value;
	}

	/** Compare the members that are given, and bind names that are not bound yet. */
	synchronized boolean matches(Map<?, ?> expected, Map<?, ?> frame) {
		return expected.entrySet().stream().allMatch((member) -> {
			Object actual = frame.get(member.getKey());
			if (member.getValue() instanceof String name && name.startsWith("$") && frame.containsKey(member.getKey())
					&& !this.values.containsKey(name)) {
				this.values.put(name, actual);
				return true;
			}
			return frame.containsKey(member.getKey()) && Values.matches(fill(member.getValue()), actual);
		});
	}

}
