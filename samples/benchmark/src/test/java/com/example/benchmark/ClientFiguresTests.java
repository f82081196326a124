package com.example.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import com.example.benchmark.Language.Wire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The clients are compared round by round, by the better of the two codecs.
 */
class ClientFiguresTests {

	@Test
	void ratiosAreOfTheBetterCodecInTheSameRound() {
		ClientFigures figures = new ClientFigures();
		add(figures, "calls", 100, 400, 200, 10);
		add(figures, "calls", 10, 20, 20, 2);
		add(figures, ClientFigures.IDLE, 50, 60, 100, 500);
		List<String> lines = figures.markdown(List.of(Language.RUST), "here");
		assertThat(lines).startsWith("here");
		assertThat(lines).contains("| calls | Rust | 55 | 210 | 110 | 6 | 1.50 (1.00-2.00) | 25.00 (10.00-40.00) |",
				"| " + ClientFigures.IDLE + " | Rust | 50 | 60 | 100 | 500 | 0.50 | 0.10 |");
	}

	@Test
	void whatWasNotMeasuredIsLeftOut() {
		ClientFigures figures = new ClientFigures();
		add(figures, "calls", 100, 400, 200, 10);
		figures.add(Language.RUST, Wire.GRPC, ClientFigures.IDLE, 7);
		List<String> lines = figures.markdown(List.of(Language.RUST, Language.JAVA), "here");
		assertThat(lines).contains("| " + ClientFigures.IDLE + " | Rust | - | - | 7 | - | - | - |",
				"| calls | Java | - | - | - | - | - | - |");
	}

	@Test
	void tableIsWrittenBetweenItsMarks(@TempDir Path directory) throws IOException {
		Path document = Files.writeString(directory.resolve("a.md"),
				"# A\n\n<!-- speed: begin -->\nold\n<!-- speed: end -->\n\nB\n");
		ClientFigures.write(document, List.of("new"));
		assertThat(document).hasContent("# A\n\n<!-- speed: begin -->\nnew\n<!-- speed: end -->\n\nB\n");
		Files.writeString(document, "# A\n");
		assertThatIllegalStateException().isThrownBy(() -> ClientFigures.write(document, List.of("new")));
	}

	private static void add(ClientFigures figures, String title, double... values) {
		for (Wire wire : Wire.values()) {
			figures.add(Language.RUST, wire, title, values[wire.ordinal()]);
		}
	}

}
