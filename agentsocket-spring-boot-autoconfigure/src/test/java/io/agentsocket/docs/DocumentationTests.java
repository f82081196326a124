package io.agentsocket.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The documents say what the code does: each snippet is a region of a class that is
 * compiled here, the commands are those of the build, and links lead somewhere.
 */
class DocumentationTests {

	private static final Path ROOT = root();

	private static final Pattern MARKER = Pattern.compile("<!-- snippet: (\\w+)#([\\w-]+) -->");

	private static final Pattern FILE = Pattern.compile("<!-- file: (\\S+) -->");

	private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]]*]\\(([^)\\s]+)\\)");

	private static final Pattern CLASS = Pattern.compile("\\bio\\.agentsocket(?:\\.[a-z0-9]+)*\\.[A-Z]\\w*");

	private static final Pattern MACHINE_PATH = Pattern.compile("(?<![\\w.~-])/(root|home|work|Users)/");

	private static final Pattern REGISTRY_HOST = Pattern
		.compile("\\b(repo1?\\.maven|registry\\.npm|proxy\\.golang|[\\w.-]*(sonatype|jfrog|artifactory|nexus))\\b");

	static Stream<Path> documents() throws IOException {
		try (Stream<Path> docs = Files.walk(ROOT.resolve("docs")); Stream<Path> top = Files.list(ROOT)) {
			return Stream.concat(top, docs)
				.filter((file) -> file.getFileName().toString().endsWith(".md"))
				.map(ROOT::relativize)
				.sorted()
				.toList()
				.stream();
		}
	}

	@ParameterizedTest
	@MethodSource("documents")
	void showsOnlyCodeThatCompiles(Path document) {
		for (Fence fence : fences(document)) {
			Matcher file = FILE.matcher(fence.lineBefore());
			if (file.matches()) {
				assertThat(fence.lines()).as("The fence at %s", fence.place())
					.isEqualTo(normalized(read(Path.of(file.group(1)))));
			}
			else if (fence.language().equals("java") || fence.language().equals("kotlin")) {
				Matcher marker = MARKER.matcher(fence.lineBefore());
				assertThat(marker.matches()).as("A marker before the fence at %s", fence.place()).isTrue();
				assertThat(fence.lines()).as("The fence at %s", fence.place())
					.isEqualTo(region(marker.group(1), marker.group(2), fence.language()));
			}
		}
	}

	/** Loggers, types of beans and the like that are written with their package. */
	@ParameterizedTest
	@MethodSource("documents")
	void namesOnlyClassesThatAreThere(Path document) {
		Set<String> missing = new TreeSet<>();
		for (String line : read(document)) {
			CLASS.matcher(line)
				.results()
				.map(MatchResult::group)
				.filter((name) -> Stream.of("main", "test")
					.map((part) -> ROOT.resolve("agentsocket-spring-boot-autoconfigure/src/" + part + "/java/"
							+ name.replace('.', '/') + ".java"))
					.noneMatch(Files::exists))
				.forEach(missing::add);
		}
		assertThat(missing).isEmpty();
	}

	@Test
	void coversTheDocumentsThatAreReadFirst() throws IOException {
		assertThat(documents().map(Path::toString)).contains("README.md", "docs/README.md", "docs/getting-started.md",
				"docs/tools.md", "docs/client.md", "docs/architecture.md");
		assertThat(fences(Path.of("docs/tools.md")).stream().filter((fence) -> fence.language().equals("java")))
			.hasSizeGreaterThan(10);
	}

	/**
	 * The README prints a whole project, which is a module of the build: it is compiled
	 * with the printed dependencies only, and its test runs both of its classes.
	 */
	@Test
	void printsTheWholeOfTheFirstProject() throws IOException {
		Path project = Path.of("samples/weather");
		List<String> printed = fences(Path.of("README.md")).stream()
			.map((fence) -> FILE.matcher(fence.lineBefore()))
			.filter(Matcher::matches)
			.map((marker) -> marker.group(1))
			.sorted()
			.toList();
		List<String> files = new ArrayList<>(List.of(project.resolve("pom.xml").toString()));
		try (Stream<Path> sources = Files.walk(ROOT.resolve(project).resolve("src/main"))) {
			sources.filter(Files::isRegularFile).map(ROOT::relativize).map(Path::toString).sorted().forEach(files::add);
		}
		assertThat(printed).isEqualTo(files);
		assertThat(read(Path.of("pom.xml"))).contains("\t\t<module>" + project + "</module>");
	}

	@Test
	void beginsWithTheCommandsOfTheBuild() throws IOException {
		List<List<String>> commands = fences(Path.of("README.md")).stream()
			.filter((fence) -> fence.language().equals("sh"))
			.map(Fence::lines)
			.toList();
		assertThat(commands).startsWith(List.of("mvn -Pquickstart"), List.of("mvn -B -T2 verify"));
		List<String> script = Files.readAllLines(ROOT.resolve(".ci/run"))
			.stream()
			.filter((line) -> line.startsWith("mvn"))
			.toList();
		assertThat(script).isEqualTo(commands.get(1));
	}

	@ParameterizedTest
	@MethodSource("documents")
	void linksToWhatExists(Path document) {
		for (String target : links(document)) {
			int hash = target.indexOf('#');
			String path = (hash >= 0) ? target.substring(0, hash) : target;
			Path file = path.isEmpty() ? document : directory(document).resolve(path).normalize();
			assertThat(ROOT.resolve(file)).as("%s links to %s", document, target).exists();
			if (hash >= 0 && file.toString().endsWith(".md")) {
				assertThat(anchors(file)).as("%s links to %s", document, target).contains(target.substring(hash + 1));
			}
		}
	}

	@ParameterizedTest
	@MethodSource("documents")
	void namesNoMachinesAndRegistries(Path document) {
		String text = String.join("\n", read(document));
		assertThat(text).doesNotContainPattern(MACHINE_PATH).doesNotContainPattern(REGISTRY_HOST);
	}

	private static Path directory(Path document) {
		Path parent = document.getParent();
		return (parent != null) ? parent : Path.of("");
	}

	private static List<String> links(Path document) {
		List<String> targets = new ArrayList<>();
		boolean code = false;
		for (String line : read(document)) {
			code ^= line.strip().startsWith("```");
			Matcher link = LINK.matcher(line.replaceAll("`[^`]*`", "code"));
			while (!code && link.find()) {
				if (!link.group(1).matches("[a-z]+:.*")) {
					targets.add(link.group(1));
				}
			}
		}
		return targets;
	}

	private static List<String> anchors(Path document) {
		return read(document).stream()
			.filter((line) -> line.matches("#{1,6} .*"))
			.map((line) -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
			.map((heading) -> heading.replaceAll("[^\\w -]", "").replace(' ', '-'))
			.toList();
	}

	private static List<Fence> fences(Path document) {
		List<String> lines = read(document);
		List<Fence> fences = new ArrayList<>();
		String lineBefore = "";
		for (int i = 0; i < lines.size(); i++) {
			if (lines.get(i).strip().startsWith("```")) {
				int end = i + 1;
				while (!lines.get(end).strip().equals("```")) {
					end++;
				}
				fences.add(new Fence(document + ":" + (i + 1), lines.get(i).strip().substring(3), lineBefore.strip(),
						normalized(lines.subList(i + 1, end))));
				i = end;
			}
			lineBefore = lines.get(i);
		}
		return fences;
	}

	private static List<String> region(String type, String name, String language) {
		Path file = source(Path.of("src", "test", language), type);
		List<String> lines = read(ROOT.relativize(file.toAbsolutePath()));
		List<String> region = new ArrayList<>();
		boolean inside = false;
		for (String line : lines) {
			if (line.strip().equals("// tag::" + name + "[]")) {
				inside = true;
			}
			else if (line.strip().equals("// end::" + name + "[]")) {
				assertThat(inside).as("Region %s of %s begins", name, type).isTrue();
				return normalized(region);
			}
			else if (inside) {
				region.add(line);
			}
		}
		throw new AssertionError("There is no region " + name + " in " + file);
	}

	private static Path source(Path directory, String type) {
		try (Stream<Path> files = Files.walk(directory)) {
			return files.filter((file) -> file.getFileName().toString().matches(type + "\\.(java|kt)"))
				.findFirst()
				.orElseThrow(() -> new AssertionError("There is no class " + type + " in " + directory));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Four spaces for a tab, and no more indentation than the code has in itself. */
	private static List<String> normalized(List<String> lines) {
		String text = String.join("\n", lines).replace("\t", "    ");
		return text.stripIndent().strip().lines().map(String::stripTrailing).toList();
	}

	private static List<String> read(Path document) {
		try {
			return Files.readAllLines(ROOT.resolve(document));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Path root() {
		Path directory = Path.of("").toAbsolutePath();
		while (directory != null && !Files.exists(directory.resolve("docs/protocol.md"))) {
			directory = directory.getParent();
		}
		if (directory == null) {
			throw new IllegalStateException("The tests run inside of the project");
		}
		return directory;
	}

	private record Fence(String place, String language, String lineBefore, List<String> lines) {

	}

}
