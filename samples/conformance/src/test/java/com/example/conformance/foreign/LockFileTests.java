package com.example.conformance.foreign;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lock files pin what clients in other languages need, with checksums, wherever the
 * machine gets it from.
 */
class LockFileTests {

	private static final Path SAMPLES = Path.of("..").toAbsolutePath().normalize();

	private static final Set<String> NAMES = Set.of("package-lock.json", "requirements.txt", "Cargo.locked");

	private static final Pattern REQUIREMENT = Pattern
		.compile("(?m)^[a-z0-9-]+==[^ ]+(?: ; [^\\\\]+)?(?: \\\\\\n {4}--hash=sha256:[0-9a-f]{64})+$");

	private static final Pattern PACKAGE = Pattern
		.compile("name = \"([^\"]+)\"\\nversion = \"([^\"]+)\"\\n(checksum)?");

	private static final Pattern DIRECT = Pattern
		.compile("(?m)^([a-z-]+) = (?:\\{ version = )?\"=([^\"]+)\"|^([a-z-]+) = .*");

	static List<Path> locks() throws IOException {
		try (Stream<Path> files = Files.walk(SAMPLES)) {
			return files.filter((file) -> NAMES.contains(file.getFileName().toString()))
				.filter((file) -> !file.toString().contains("node_modules") && !file.toString().contains("/target/"))
				.toList();
		}
	}

	@ParameterizedTest
	@MethodSource("locks")
	void namesNoRegistry(Path lock) throws IOException {
		assertThat(Files.readString(lock)).doesNotContain("\"resolved\"", "source = ", "registry+", "index-url",
				"find-links", " @ ");
	}

	@ParameterizedTest
	@MethodSource("locks")
	void hasAChecksumForEachPackage(Path lock) throws IOException {
		String text = Files.readString(lock);
		switch (lock.getFileName().toString()) {
			case "package-lock.json" -> packages(text).forEach(
					(name, entry) -> assertThat(entry.path("integrity").asString()).as(name).startsWith("sha512-"));
			case "requirements.txt" -> assertThat(REQUIREMENT.matcher(text).replaceAll("").lines())
				.allMatch((line) -> line.isEmpty() || line.startsWith("-r "));
			default -> assertThat(PACKAGE.matcher(text).results().filter((found) -> found.group(3) == null))
				.extracting((found) -> found.group(1))
				.allMatch((name) -> name.startsWith("agentsocket"));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "clients/rust", "benchmark/clients/rust" })
	void hasTheVersionsOfCargo(String crate) throws IOException {
		Set<String> locked = PACKAGE.matcher(Files.readString(SAMPLES.resolve(crate).resolve("Cargo.locked")))
			.results()
			.map((found) -> found.group(1) + " " + found.group(2))
			.collect(Collectors.toSet());
		String manifest = Files.readString(SAMPLES.resolve(crate).resolve("Cargo.toml"));
		String dependencies = manifest.substring(manifest.indexOf("[dependencies]"), manifest.indexOf("[lints"));
		List<MatchResult> direct = DIRECT.matcher(dependencies).results().toList();
		assertThat(direct).hasSizeGreaterThan(5);
		assertThat(direct.stream().filter((found) -> !"agentsocket".equals(found.group(3))))
			.allSatisfy((found) -> assertThat(locked).contains(found.group(1) + " " + found.group(2)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "clients/javascript", "conformance/mcp" })
	void hasWhatPackageJsonAsksFor(String folder) throws IOException {
		JsonMapper mapper = new JsonMapper();
		JsonNode manifest = mapper.readTree(Files.readString(SAMPLES.resolve(folder).resolve("package.json")));
		JsonNode lock = mapper.readTree(Files.readString(SAMPLES.resolve(folder).resolve("package-lock.json")));
		JsonNode root = lock.path("packages").path("");
		for (String kind : List.of("dependencies", "devDependencies")) {
			assertThat(root.path(kind)).isEqualTo(manifest.path(kind));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "websockets", "cbor2", "pydantic", "langchain-core", "mcp" })
	void hasWhatTheProjectOfPythonAsksFor(String name) throws IOException {
		assertThat(Files.readString(SAMPLES.resolve("clients/python/pyproject.toml"))).contains("\"" + name + ">=");
		assertThat(Files.readString(SAMPLES.resolve("clients/python/requirements.txt"))).contains("\n" + name + "==");
	}

	private static Map<String, JsonNode> packages(String lock) {
		return new JsonMapper().readTree(lock)
			.path("packages")
			.properties()
			.stream()
			.filter((entry) -> !entry.getKey().isEmpty() && !entry.getValue().path("link").asBoolean())
			.collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
	}

}
