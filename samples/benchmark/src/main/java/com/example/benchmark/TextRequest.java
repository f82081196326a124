package com.example.benchmark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The arguments of {@code text.get}.
 *
 * @param length how long the answer is
 */
public record TextRequest(int length) {

	private static final Map<Integer, String> TEXTS = new ConcurrentHashMap<>();

	/**
	 * Answer of the server of each contestant, the same object each time, so that only
	 * its way is measured.
	 * @return ASCII text of that length
	 */
	public String text() {
		return TEXTS.computeIfAbsent(this.length,
				(length) -> "partly cloudy, ".repeat(length / 15 + 1).substring(0, length));
	}

}
