package com.example.functions;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The functions in other languages pass their own tests, where there is the language.
 */
@DisabledOnOs(OS.WINDOWS)
class OtherLanguagesTests {

	private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");

	private static final int MINUTES = 3;

	@TempDir
	Path directory;

	@ParameterizedTest
	@EnumSource
	void functionPassesItsOwnTests(Language language) throws Exception {
		String missing = missing(language);
		if (missing != null) {
			System.out.println("Not run: the tests of functions in " + language + ", " + missing);
		}
		assumeThat(missing).isNull();
		File output = this.directory.resolve("tests").toFile();
		int exit = run(language.folder, output, language.tests);
		assertThat(exit).as(() -> text(output)).isZero();
	}

	private String missing(Language language) throws Exception {
		String command = language.tests.get(0);
		File output = this.directory.resolve("version").toFile();
		try {
			run(language.folder, output, List.of(command, "--version"));
		}
		catch (IOException ex) {
			return "for want of " + command;
		}
		String version = text(output).strip();
		Matcher numbers = VERSION.matcher(version);
		boolean suffices = numbers.find() && (Integer.parseInt(numbers.group(1)) > language.major
				|| Integer.parseInt(numbers.group(1)) == language.major
						&& Integer.parseInt(numbers.group(2)) >= language.minor);
		if (!suffices) {
			return "which need " + command + " " + language.major + "." + language.minor + ", not " + version;
		}
		System.out.println(
				"Tests use " + command + " " + version.replaceAll("^[^0-9]*", "") + " for functions in " + language);
		return null;
	}

	private static int run(String folder, File output, List<String> command) throws Exception {
		ProcessBuilder builder = new ProcessBuilder(command).directory(new File(folder))
			.redirectErrorStream(true)
			.redirectOutput(output);
		builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
		Process process = builder.start();
		try {
			return process.waitFor(MINUTES, TimeUnit.MINUTES) ? process.exitValue() : -1;
		}
		finally {
			process.descendants().forEach(ProcessHandle::destroyForcibly);
			process.destroyForcibly();
		}
	}

	private static String text(File output) {
		try {
			return Files.readString(output.toPath());
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	/** A language, and what its tests need. */
	enum Language {

		/** The helper for Workers and Node. */
		JAVASCRIPT("JavaScript", "javascript", 20, 0,
				List.of("node", "--test", "--test-reporter=dot", "test/function.test.mjs")),

		/** The example with the standard library alone. */
		PYTHON("Python", "python", 3, 10, List.of("python3", "-m", "unittest", "-q"));

		private final String title;

		private final String folder;

		private final int major;

		private final int minor;

		private final List<String> tests;

		Language(String title, String folder, int major, int minor, List<String> tests) {
			this.title = title;
			this.folder = folder;
			this.major = major;
			this.minor = minor;
			this.tests = tests;
		}

		@Override
		public String toString() {
			return this.title;
		}

	}

}
