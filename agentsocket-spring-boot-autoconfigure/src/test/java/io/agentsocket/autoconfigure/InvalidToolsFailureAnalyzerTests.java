package io.agentsocket.autoconfigure;

import java.util.List;

import io.agentsocket.tool.InvalidToolsException;
import io.agentsocket.tool.InvalidToolsException.Problem;
import org.junit.jupiter.api.Test;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The report on wrongly declared tools.
 */
class InvalidToolsFailureAnalyzerTests {

	@Test
	void reportsAllProblemsAndWhatToDo() {
		InvalidToolsException failure = new InvalidToolsException(
				List.of(new Problem("one", "A.a()", "It is wrong.", "Correct it."),
						new Problem("two", "B.b(String)", "It is worse.", "Remove it.")));
		FailureAnalyzer analyzer = SpringFactoriesLoader.forDefaultResourceLocation(getClass().getClassLoader())
			.load(FailureAnalyzer.class, SpringFactoriesLoader.FailureHandler.handleMessage((message, ex) -> {
			}))
			.stream()
			.filter(InvalidToolsFailureAnalyzer.class::isInstance)
			.findFirst()
			.orElseThrow();
		FailureAnalysis analysis = analyzer.analyze(new IllegalStateException(failure));
		assertThat(analysis.getDescription()).contains("A.a(), bean 'one'", "It is wrong.", "B.b(String), bean 'two'",
				"It is worse.");
		assertThat(analysis.getAction()).contains("A.a(): Correct it.", "B.b(String): Remove it.");
	}

}
