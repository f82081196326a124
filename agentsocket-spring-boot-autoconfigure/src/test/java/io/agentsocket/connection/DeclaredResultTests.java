package io.agentsocket.connection;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.AgentTool.Blocking;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.tool.AgentTools;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Results of tools on the wire are what their types declare.
 */
class DeclaredResultTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private static final Map<String, Object> CIRCLE = Map.of("kind", "circle", "radius", 0.5);

	private final Pair pair = new Pair().connect();

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes(@JsonSubTypes.Type(value = Circle.class, name = "circle"))
	interface Shape {

	}

	record Circle(double radius) implements Shape {

	}

	record Named(String name, List<String> tags, @Nullable String note) {

	}

	@SuppressWarnings("NullAway")
	static class Tools {

		@AgentTool(blocking = Blocking.NO)
		List<Shape> list() {
			return List.of(new Circle(0.5));
		}

		@AgentTool
		Mono<Map<String, Shape>> later() {
			return Mono.just(Map.of("a", new Circle(0.5)));
		}

		@AgentTool
		Flux<List<Shape>> stream() {
			return Flux.just(List.of(new Circle(0.5)));
		}

		@AgentTool(blocking = Blocking.NO)
		Named good() {
			return new Named("a", List.of("b"), null);
		}

		@AgentTool(blocking = Blocking.NO)
		Named broken() {
			return new Named(null, List.of("b"), null);
		}

	}

	private void expect(String name, Object expected) {
		StepVerifier.create(this.pair.client.invoke(name).toFlux(Object.class))
			.then(this.pair::settle)
			.expectNext(expected)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void elementsNameTheirTypes() {
		AgentTools.builder().build().actionsOf(new Tools()).forEach(this.pair.serverActions::add);
		expect("list", List.of(CIRCLE));
		expect("later", Map.of("a", CIRCLE));
		expect("stream", List.of(CIRCLE));
		this.pair.assertClean();
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void nullThatItsTypeExcludesIsAnErrorOfTheTool(CapturedOutput output) {
		AgentTools.builder().build().actionsOf(new Tools()).forEach(this.pair.serverActions::add);
		StepVerifier.create(this.pair.client.invoke("good").toMono(Map.class))
			.then(this.pair::settle)
			.assertNext((named) -> assertThat(named.get("note")).isNull())
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(this.pair.client.invoke("broken").toMono(Map.class))
			.then(this.pair::settle)
			.expectErrorSatisfies((error) -> {
				assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.INTERNAL);
				assertThat(((ActionException) error).hasMaybeRun()).isTrue();
			})
			.verify(TIMEOUT);
		assertThat(output).contains("broken").contains("is null, but its type excludes it").contains("\"name\"");
		this.pair.assertClean();
	}

}
