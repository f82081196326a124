package io.agentsocket.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The table of packages in {@code docs/architecture.md} has every package, and names
 * classes that there are.
 */
class PackageTableTests {

	private static final Path SOURCES = Path.of("src/main/java/io/agentsocket");

	private static final Pattern ROW = Pattern.compile("(?m)^\\| (`[a-z].*?) \\| .* \\| (.*) \\|$");

	private static final Pattern NAME = Pattern.compile("`([.\\w]+)`");

	@Test
	void everyPackageHasARow() throws IOException {
		try (Stream<Path> files = Files.walk(SOURCES)) {
			List<String> packages = files.filter((file) -> file.endsWith("package-info.java"))
				.map((file) -> SOURCES.relativize(file.getParent()).toString().replace('/', '.'))
				.toList();
			assertThat(packages).hasSizeGreaterThan(30);
			assertThat(rows().keySet()).containsAll(packages);
		}
	}

	@Test
	void everyRowBeginsWithClassesOfItsPackages() throws IOException {
		Map<String, List<String>> rows = rows();
		rows.forEach((row, classes) -> assertThat(classes).as(row)
			.isNotEmpty()
			.allMatch((name) -> rows.entrySet()
				.stream()
				.filter((other) -> other.getValue().equals(classes))
				.anyMatch((other) -> Files
					.exists(SOURCES.resolve(other.getKey().replace('.', '/') + "/" + name + ".java")))));
	}

	/** Classes to begin with, by package. */
	private static Map<String, List<String>> rows() throws IOException {
		Map<String, List<String>> rows = new TreeMap<>();
		for (MatchResult row : ROW.matcher(Files.readString(Path.of("../docs/architecture.md"))).results().toList()) {
			List<String> classes = names(row.group(2));
			String first = "";
			for (String name : names(row.group(1))) {
				// The second one of a row leaves out what it has in common with the
				// first.
				first = first.isEmpty() ? name : first;
				rows.put(name.startsWith(".") ? first.substring(0, first.indexOf('.')) + name : name, classes);
			}
		}
		rows.keySet().removeIf((name) -> name.startsWith("samples"));
		return rows;
	}

	private static List<String> names(String cell) {
		List<String> names = new ArrayList<>();
		NAME.matcher(cell).results().forEach((name) -> names.add(name.group(1)));
		return names;
	}

}
