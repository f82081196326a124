package io.agentsocket.tool;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import com.fasterxml.jackson.annotation.JacksonInject;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.JacksonCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.InjectableValues;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Types within the type of a parameter that Jackson cannot read.
 */
class ReadableTypesTests {

	/** The mapper has the value, or nobody has to send it. */
	@Test
	void typesThatNeedNotBeReadAreNoMistakesWithinOthers() {
		class Tools {

			@AgentTool
			String injected(@AgentParam("v") Injected v) {
				return v.name() + v.figure();
			}

			@AgentTool
			String absent(@AgentParam("v") Absent v) {
				return v.name();
			}

			@AgentTool
			String bean(@AgentParam("v") Bean v) {
				return v.name;
			}

			@AgentTool
			String parameter(@AgentParam("v") Square v, @Nullable List<Figure> figures) {
				return "" + v.side() + figures;
			}

		}
		JsonMapper mapper = JsonMapper.builder()
			.injectableValues(new InjectableValues.Std().addValue(Figure.class, new Square(3)))
			.build();
		List<Action> actions = AgentTools.builder().mapper(mapper).build().actionsOf(new Tools());
		Object named = Map.of("name", "n");
		assertThat(Call.of(actions, "injected").codec(JacksonCodec.json(mapper, 32)).with("v", named).value())
			.isEqualTo("nSquare[side=3]");
		for (String tool : List.of("absent", "bean")) {
			assertThat(Call.of(actions, tool).with("v", named).value()).isEqualTo("n");
		}
		assertThat(Call.of(actions, "parameter").with("v", Map.of("side", 1)).value()).isEqualTo("1null");
	}

	@Test
	void noCodeOfNestedTypesRunsAtTheStart() {
		class Tools {

			@AgentTool
			String tool(@AgentParam List<Made> all, Holding one) {
				return all.toString() + one;
			}

		}
		AgentTools.builder().build().actionsOf(new Tools());
		assertThat(Made.COUNT).hasValue(0);
	}

	@Test
	void typesWithoutACreatorAreReportedWhereTheyMustBeSent() {
		class Tools {

			@AgentTool
			void required(@AgentParam Priced priced) {
			}

			@AgentTool
			void keys(@AgentParam Keyed keyed) {
			}

			@AgentTool
			void supplier(@AgentParam Lists lists) {
			}

		}
		AgentTools tools = AgentTools.builder().build();
		assertThatExceptionOfType(InvalidToolsException.class).isThrownBy(() -> tools.actionsOf(new Tools()))
			.satisfies((ex) -> assertThat(ex.problems()).hasSize(3)
				.allSatisfy((problem) -> assertThat(problem.problem()).contains("Jackson cannot read")));
	}

	interface Figure {

	}

	record Square(int side) implements Figure {

	}

	record Injected(String name, @JacksonInject Figure figure) {

	}

	record Absent(String name, @Nullable Figure figure, @Nullable List<Figure> figures, Optional<Figure> optional,
			@Nullable Price price) {

	}

	static class Bean {

		public String name = "";

		@SuppressWarnings("unused")
		public void setFigure(Figure figure) {
			throw new IllegalStateException();
		}

	}

	static class Price {

		final long cents;

		Price(long cents, String currency) {
			this.cents = cents + currency.length();
		}

	}

	record Priced(Price price) {

	}

	record Keyed(Map<Figure, String> map) {

	}

	record Lists(List<Supplier<String>> lists) {

	}

	static class Made {

		static final AtomicInteger COUNT = new AtomicInteger();

		public String name = "";

		Made() {
			COUNT.incrementAndGet();
		}

	}

	record Holding(Made made) {

	}

}
