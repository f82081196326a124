package io.agentsocket.server;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionChange;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.Test;
import org.mockito.BDDMockito;
import org.mockito.Mockito;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SessionActions}.
 */
class SessionActionsTests {

	private final AgentSession session = Mockito.mock(AgentSession.class);

	private final ActionCatalog catalog = new ActionCatalog();

	private final List<ActionChange> changes = new ArrayList<>();

	private static Action action(String name) {
		return Action.named(name).handler((exchange) -> Mono.empty());
	}

	@Test
	void ownActionWhoseVisibilityCannotBeToldHidesItselfAlone() {
		BDDMockito.given(this.session.id()).willReturn("s");
		SessionActions actions = new SessionActions(this.session, this.catalog, List.of(), this.changes::add);
		this.catalog.add(action("shared"));
		actions.own().add(action("own"));
		Action broken = action("broken").mutate().visibleTo((session) -> {
			throw new IllegalStateException("no principal");
		}).build();
		actions.own().add(broken);
		assertThat(actions.find("broken")).isNull();
		assertThat(actions.isVisible(broken)).isFalse();
		assertThat(actions.isHidden("broken")).isTrue();
		assertThat(actions.find("own")).isNotNull();
		assertThat(actions.names()).containsExactly("own", "shared");
		assertThat(actions.hash()).isNotEmpty();
		assertThat(this.changes).hasSize(2);
	}

}
