package io.agentsocket.autoconfigure.tool;

import java.util.List;

import io.agentsocket.event.InvalidListenersException;
import io.agentsocket.method.InvalidMethodsException;
import io.agentsocket.method.InvalidMethodsException.Problem;
import io.agentsocket.tool.InvalidToolsException;
import org.junit.jupiter.api.Test;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The report on wrongly declared tools and listeners.
 */
class InvalidMethodsFailureAnalyzerTests {

	@Test
	void reportsAllProblemsOfToolsAndWhatToDo() {
		FailureAnalysis analysis = analyze(
				new InvalidToolsException(List.of(new Problem("one", "A.a()", "It is wrong.", "Correct it."),
						new Problem("two", "B.b(String)", "It is worse.", "Remove it."))));
		assertThat(analysis.getDescription()).contains("Tools are declared wrongly", "A.a(), bean 'one'",
				"It is wrong.", "B.b(String), bean 'two'", "It is worse.");
		assertThat(analysis.getAction()).contains("A.a(): Correct it.", "B.b(String): Remove it.");
	}

	@Test
	void reportsAllProblemsOfListeners() {
		FailureAnalysis analysis = analyze(
				new InvalidListenersException(List.of(new Problem("one", "A.a()", "It is wrong.", "Correct it."))));
		assertThat(analysis.getDescription()).contains("@AgentEvent", "A.a(), bean 'one'", "It is wrong.");
		assertThat(analysis.getAction()).contains("A.a(): Correct it.");
	}

	private FailureAnalysis analyze(InvalidMethodsException failure) {
		FailureAnalyzer analyzer = SpringFactoriesLoader.forDefaultResourceLocation(getClass().getClassLoader())
			.load(FailureAnalyzer.class, SpringFactoriesLoader.FailureHandler.handleMessage((message, ex) -> {
			}))
			.stream()
			.filter(InvalidMethodsFailureAnalyzer.class::isInstance)
			.findFirst()
			.orElseThrow();
		FailureAnalysis analysis = analyzer.analyze(new IllegalStateException(failure));
		assertThat(analysis).isNotNull();
		return analysis;
	}

}
