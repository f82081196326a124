package com.example.conformance.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.json.JsonMapper;

/**
 * The cases of {@code docs/conformance/cases.json}.
 */
public final class Cases {

	private final Path file;

	private final Map<String, Map<?, ?>> byId = new LinkedHashMap<>();

	/**
	 * Read the cases.
	 * @param file the file
	 */
	public Cases(Path file) {
		this.file = file;
		Map<?, ?> root = JsonMapper.shared().readValue(file.toFile(), Map.class);
		for (Object element : (List<?>) root.get("cases")) {
			Map<?, ?> one = (Map<?, ?>) element;
			if (this.byId.put(String.valueOf(one.get("id")), one) != null) {
				throw new IllegalArgumentException("Two cases " + one.get("id"));
			}
		}
	}

	/**
	 * The file of the cases, whatever directory of the project this process runs in.
	 * @return its path
	 */
	public static Path locate() {
		Path place = Path.of("docs", "conformance", "cases.json");
		for (Path above = Path.of("").toAbsolutePath(); above != null; above = above.getParent()) {
			if (Files.exists(above.resolve(place))) {
				return above.resolve(place);
			}
		}
		throw new IllegalStateException("There is no " + place + " here or above");
	}

	/**
	 * Where they were read from.
	 * @return the file
	 */
	public Path file() {
		return this.file;
	}

	/**
	 * Where the golden vectors are.
	 * @return their directory
	 */
	public Path vectors() {
		return this.file.resolveSibling("..").resolve("vectors").normalize();
	}

	/**
	 * A case.
	 * @param id its id
	 * @return the case
	 */
	public Map<?, ?> get(String id) {
		Map<?, ?> found = this.byId.get(id);
		if (found == null) {
			throw new CaseFailed("there is no case " + id);
		}
		return found;
	}

	/**
	 * All cases.
	 * @return the cases in the order of the file
	 */
	public List<Map<?, ?>> all() {
		return new ArrayList<>(this.byId.values());
	}

}
