package io.agentsocket.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Comments and documents name their subject: no sentence begins with a pronoun where a
 * noun would do, or with "Of" and another noun than its subject.
 */
class LanguageTests {

	private static final Path ROOT = Path.of("..");

	private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|(?://[^\\n]*\\n\\s*)+", Pattern.DOTALL);

	private static final Pattern MARKS = Pattern.compile("(?m)^\\s*(/\\*\\*?|\\*/|\\*|//)\\s?|\\*/");

	private static final Pattern TAG = Pattern.compile("@(param \\S+|return|throws \\S+)\\s*");

	private static final Pattern RIDDLE = Pattern.compile("(?:\\A\\s*|[.!?]\\s+)(?:What|Who|One|Those|Of)\\b[^.;:]*");

	private static final Pattern LITERAL = Pattern.compile("\"(?:What|Who|One|Those) [^\"]*\"");

	private static final Pattern LINE = Pattern.compile("(?m)(?:^|[.!?|] +|^[-*] )(?:What|Who|One|Those|Of)\\b.*");

	@Test
	void commentsNameTheirSubject() {
		assertThat(files(".java", ".kt").flatMap((file) -> COMMENT.matcher(read(file))
			.results()
			.map((comment) -> TAG.matcher(MARKS.matcher(comment.group()).replaceAll("")).replaceAll(". "))
			.flatMap((text) -> riddles(file, RIDDLE.matcher(text.replaceAll("\\s+", " ")))))).isEmpty();
	}

	/** Lines of the log, errors, and descriptions of meters. */
	@Test
	void textsNameTheirSubject() {
		assertThat(files(".java").filter((file) -> file.toString().contains("src/main/"))
			.flatMap((file) -> riddles(file, LITERAL.matcher(read(file))))).isEmpty();
	}

	@Test
	void documentsNameTheirSubject() {
		assertThat(files(".md").flatMap((file) -> riddles(file, LINE.matcher(read(file))))).isEmpty();
	}

	private static Stream<String> riddles(Path file, Matcher matcher) {
		return matcher.results().map((riddle) -> ROOT.relativize(file) + ": " + riddle.group().strip());
	}

	private static Stream<Path> files(String... endings) {
		try (Stream<Path> files = Files.walk(ROOT)) {
			return files
				.filter((file) -> Stream.of(endings)
					.anyMatch((ending) -> file.getFileName().toString().endsWith(ending)))
				.filter((file) -> Stream.of("target", ".git", "node_modules")
					.noneMatch((folder) -> ROOT.relativize(file).startsWith(folder)
							|| file.toString().contains("/" + folder + "/")))
				.toList()
				.stream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
