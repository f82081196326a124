package com.example.benchmark;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Threads by what they are for: their names without the numbers at the end.
 */
final class ThreadKinds {

	private static final Pattern NUMBERS = Pattern.compile("[-#@ ]*\\d[-#\\d]*$");

	private ThreadKinds() {
	}

	/** The threads of this process. */
	static String here() {
		return describe(Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList());
	}

	/**
	 * Names kinds and how many of each there are.
	 * @param names names of threads
	 * @return such as {@code parallel 2, task 8}, in one line
	 */
	static String describe(Collection<String> names) {
		Map<String, Integer> kinds = new TreeMap<>();
		names.forEach((name) -> kinds.merge(NUMBERS.matcher(name).replaceFirst(""), 1, Integer::sum));
		return kinds.entrySet()
			.stream()
			.map((kind) -> kind.getKey() + " " + kind.getValue())
			.collect(Collectors.joining(", "));
	}

}
