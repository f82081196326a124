package com.example.conformance.driver;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The report of a driver about a case and a codec.
 *
 * @param id id of the case
 * @param codec the codec
 * @param result {@code passed}, {@code failed} or {@code skipped}
 * @param detail a line about it
 */
public record Outcome(String id, String codec, String result, String detail) {

	/**
	 * The line that a driver prints.
	 * @return its members
	 */
	public Map<String, String> line() {
		Map<String, String> line = new LinkedHashMap<>();
		line.put("case", this.id);
		line.put("codec", this.codec);
		line.put("outcome", this.result);
		line.put("detail", this.detail);
		return line;
	}

}
