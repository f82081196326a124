package io.agentsocket.tool;

import java.util.Set;

import io.agentsocket.action.Action;
import io.agentsocket.action.StateUse;
import io.agentsocket.annotation.AgentState;
import io.agentsocket.annotation.AgentTool;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tools that declare the values of the session that they use.
 */
class AgentStateTests {

	@Test
	void declarationBelongsToTheAction() {
		for (Action action : AgentTools.builder().build().actionsOf(new Tools())) {
			StateUse use = StateUse.of(action);
			switch (action.name()) {
				case "add" -> assertThat(use).isEqualTo(new StateUse(true, Set.of("cart", "a.b")));
				case "show" -> assertThat(use).isEqualTo(new StateUse(false, Set.of("cart")));
				default -> assertThat(use).isNull();
			}
			assertThat(StateUse.of(action.mutate().title("A title").build())).isEqualTo(use);
		}
	}

	@Test
	void keysThatCannotTravelAreReportedTogether() {
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> AgentTools.builder().build().actionsOf(new Wrong()))
			.withMessageContaining("not 'a b'")
			.withMessageContaining("duplicate element: cart");
	}

	static class Tools {

		@AgentTool
		@AgentState({ "cart", "a.b" })
		int add() {
			return 1;
		}

		@AgentTool
		@AgentState(value = "cart", readOnly = true)
		int show() {
			return 1;
		}

		@AgentTool
		int none() {
			return 1;
		}

	}

	static class Wrong {

		@AgentTool
		@AgentState("a b")
		int space() {
			return 1;
		}

		@AgentTool
		@AgentState({ "cart", "cart" })
		int twice() {
			return 1;
		}

	}

}
