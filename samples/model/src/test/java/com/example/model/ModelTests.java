package com.example.model;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Checks the model of the takeover in {@code docs/model}, where spin and gcc are there:
 * the design breaks no invariant, and each part of it that is left out breaks the one
 * that {@code check.sh} names.
 */
class ModelTests {

	/** Tests run in the folder of their module, or in that of the project. */
	private static final Path ROOT = Stream.of("", "../..")
		.map((path) -> Path.of(path).toAbsolutePath().normalize())
		.filter((path) -> Files.exists(path.resolve("docs/model")))
		.findFirst()
		.orElseThrow();

	private static final Path MODEL = ROOT.resolve("docs/model");

	/** A case takes at most 15 s on a quiet core. */
	private static final long LIMIT_MINUTES = 5;

	/** A step of a model, with the members of classes that it stands for. */
	private static final Pattern STEP = Pattern.compile("/\\* step ([a-z-]+): ([\\w., ]+) \\*/");

	/**
	 * Javadoc with its member, which takes the name before the first bracket or value.
	 */
	private static final Pattern JAVADOC = Pattern.compile(
			"/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@\\w+(?:\\([^)]*\\))?\\s+)*[^;{}(=]*?(\\w+)\\s*[(=]", Pattern.DOTALL);

	private static final Pattern PLACE = Pattern.compile("([a-z]+\\.pml), step ([a-z-]+)");

	private static boolean present;

	@BeforeAll
	static void look() {
		present = isThere("bash") && isThere("spin") && isThere("gcc");
		System.out.println(present ? "Tests use spin and gcc for the model of the takeover"
				: "Not run: the model of the takeover, for want of spin or gcc");
	}

	private static boolean isThere(String program) {
		String path = System.getenv("PATH");
		return path != null && List.of(path.split(File.pathSeparator))
			.stream()
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory, program)));
	}

	static List<String> cases() throws IOException {
		return Files.readAllLines(MODEL.resolve("check.sh"))
			.stream()
			.dropWhile((line) -> !line.equals("cases='"))
			.skip(1)
			.takeWhile((line) -> !line.equals("'"))
			.map((line) -> line.substring(0, line.indexOf(' ')))
			.toList();
	}

	@ParameterizedTest
	@Timeout(value = LIMIT_MINUTES + 1, unit = TimeUnit.MINUTES)
	@MethodSource("cases")
	void holdsAsDesignedAndBreaksWithoutAPartOfIt(String name) throws Exception {
		assumeTrue(present, "spin or gcc is missing");
		Path output = Files.createTempFile("model", ".log");
		try {
			Process check = new ProcessBuilder("bash", MODEL.resolve("check.sh").toString(), name)
				.redirectErrorStream(true)
				.redirectOutput(output.toFile())
				.start();
			try {
				assertThat(check.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)).as("%s comes to its end", name).isTrue();
			}
			finally {
				check.descendants().forEach(ProcessHandle::destroy);
				check.destroy();
			}
			String said = Files.readString(output, StandardCharsets.UTF_8);
			assertThat(check.exitValue()).as(said).isZero();
			assertThat(said).startsWith("ok " + name + ":");
		}
		finally {
			Files.delete(output);
		}
	}

	@Test
	void eachStepIsNamedWhereItHappensAndNoOther() throws IOException {
		Set<String> inModel = new TreeSet<>();
		for (Path model : files(MODEL, ".pml")) {
			Matcher step = STEP.matcher(Files.readString(model));
			while (step.find()) {
				for (String member : step.group(2).split(", ")) {
					inModel.add(member + ": " + model.getFileName() + ", step " + step.group(1));
				}
			}
		}
		Set<String> inCode = new TreeSet<>();
		for (Path source : files(ROOT.resolve("agentsocket-spring-boot-autoconfigure/src/main/java"), ".java")) {
			String type = source.getFileName().toString().replace(".java", "");
			String text = Files.readString(source);
			Matcher javadoc = JAVADOC.matcher(text.contains(".pml") ? text : "");
			while (javadoc.find()) {
				Matcher place = PLACE.matcher(javadoc.group(1).replaceAll("\\s*\\*\\s+", " "));
				while (place.find()) {
					inCode.add(type + "." + javadoc.group(2) + ": " + place.group());
				}
			}
		}
		assertThat(inModel).hasSizeGreaterThan(40);
		assertThat(inCode).isEqualTo(inModel);
	}

	private static List<Path> files(Path directory, String ending) throws IOException {
		try (Stream<Path> all = Files.walk(directory)) {
			return all.filter((file) -> file.toString().endsWith(ending)).toList();
		}
	}

}
