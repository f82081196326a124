package com.example.conformance.wire;

import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Values of cases: the short forms of {@code docs/conformance.md}, and how an expectation
 * is compared.
 */
public final class Values {

	/**
	 * Byte i of the pattern is i modulo this prime, so that a shift by any power of two
	 * is seen.
	 */
	private static final int PATTERN = 251;

	private Values() {
	}

	/**
	 * Write the short forms out.
	 * @param value a value as Jackson reads it
	 * @return the same without short forms; bytes are arrays
	 */
	public static Object expand(Object value) {
		if (value instanceof List<?> list) {
			return list.stream().map(Values::expand).toList();
		}
		if (!(value instanceof Map<?, ?> map)) {
			return value;
		}
		if (map.get("$repeat") instanceof String text && map.get("times") instanceof Number times) {
			return text.repeat(times.intValue());
		}
		if (map.size() == 1) {
			Object only = map.values().iterator().next();
			switch (String.valueOf(map.keySet().iterator().next())) {
				case "$list":
					return IntStream.rangeClosed(1, number(only)).boxed().toList();
				case "$range":
					return range((List<?>) only);
				case "$nest":
					return nest(number(only));
				case "$bytes":
					return HexFormat.of().parseHex(String.valueOf(only));
				case "$pattern":
					return pattern(0, number(only));
				case "$any", "$has", "$in":
					return map;
				default:
					break;
			}
		}
		Map<String, Object> result = new LinkedHashMap<>();
		map.forEach((key, member) -> result.put(String.valueOf(key), expand(member)));
		return result;
	}

	private static int number(Object value) {
		return ((Number) value).intValue();
	}

	private static List<Integer> range(List<?> bounds) {
		return IntStream.rangeClosed(number(bounds.get(0)), number(bounds.get(1))).boxed().toList();
	}

	private static List<?> nest(int depth) {
		List<?> value = List.of();
		for (int i = 0; i < depth; i++) {
			value = List.of(value);
		}
		return value;
	}

	/**
	 * A piece of the pattern of bytes.
	 * @param from index of its first byte
	 * @param size number of bytes
	 * @return the bytes
	 */
	public static byte[] pattern(int from, int size) {
		byte[] bytes = new byte[size];
		for (int i = 0; i < size; i++) {
			bytes[i] = (byte) ((from + i) % PATTERN);
		}
		return bytes;
	}

	/**
	 * Compare a value with what is expected.
	 * @param expected the expectation, with short forms
	 * @param actual the value
	 * @return whether it is as expected
	 */
	public static boolean matches(Object expected, Object actual) {
		if (expected instanceof Map<?, ?> map && map.size() == 1) {
			if (map.containsKey("$any")) {
				return true;
			}
			if (map.get("$has") instanceof Map<?, ?> members) {
				return has(members, actual);
			}
			if (map.get("$in") instanceof List<?> allowed) {
				return allowed.stream().anyMatch((one) -> matches(one, actual));
			}
		}
		Object wanted = expand(expected);
		if (wanted instanceof Number first && actual instanceof Number second) {
			return first.doubleValue() == second.doubleValue();
		}
		if (wanted instanceof List<?> list && actual instanceof List<?> other) {
			return list.size() == other.size()
					&& IntStream.range(0, list.size()).allMatch((i) -> matches(list.get(i), other.get(i)));
		}
		if (wanted instanceof Map<?, ?> map && actual instanceof Map<?, ?> other) {
			return map.keySet().equals(other.keySet()) && has(map, other);
		}
		return Objects.deepEquals(wanted, actual);
	}

	/**
	 * Compare only the members that are expected.
	 * @param members the expected members
	 * @param actual the value
	 * @return whether it is a map that has them
	 */
	public static boolean has(Map<?, ?> members, Object actual) {
		Map<?, ?> map = (actual instanceof Map<?, ?> value) ? value : Collections.emptyMap();
		return actual instanceof Map && members.entrySet()
			.stream()
			.allMatch((member) -> map.containsKey(member.getKey())
					&& matches(member.getValue(), map.get(member.getKey())));
	}

}
