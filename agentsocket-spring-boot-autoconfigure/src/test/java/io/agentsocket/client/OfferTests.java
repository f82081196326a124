package io.agentsocket.client;

import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of the actions that a builder is told to offer.
 */
class OfferTests {

	private final AgentSocketClientBuilder builder = AgentSocketClient.builder("ws://127.0.0.1:1/agentsocket");

	private final ActionCatalog application = new ActionCatalog();

	@Test
	void aCatalogAloneIsTheOneThatIsOffered() {
		assertThat(this.builder.offer(this.application).build().offered()).isSameAs(this.application);
	}

	@Test
	void actionsBesideACatalogDoNotGetIntoIt() {
		this.application.add(action("shared", "a"));
		AgentSocketClient client = this.builder.offer(this.application).offer(List.of(action("own", "b"))).build();
		assertThat(names(client.offered())).containsExactly("own", "shared");
		assertThat(names(this.application)).containsExactly("shared");
	}

	@Test
	void actionsThatWereOfferedBeforeACatalogAreKept() {
		this.application.add(action("shared", "a"));
		AgentSocketClient client = this.builder.offer(List.of(action("own", "b"))).offer(this.application).build();
		assertThat(names(client.offered())).containsExactly("own", "shared");
	}

	@Test
	void changesOfTheCatalogAreFollowedUntilTheClientIsClosed() {
		AgentSocketClient client = this.builder.offer(List.of(action("own", "b"))).offer(this.application).build();
		this.application.add(action("late", "a"));
		assertThat(names(client.offered())).containsExactly("late", "own");
		this.application.replace(action("late", "c"));
		assertThat(client.offered().find("late").description()).isEqualTo("c");
		this.application.remove("late");
		assertThat(names(client.offered())).containsExactly("own");
		Await.end(client.close());
		this.application.add(action("later", "a"));
		assertThat(names(client.offered())).containsExactly("own");
	}

	@Test
	void aNameThatBothHaveIsTheClients() {
		this.application.add(action("both", "application"));
		AgentSocketClient client = this.builder.offer(this.application).offer(List.of(action("both", "own"))).build();
		assertThat(client.offered().find("both").description()).isEqualTo("own");
		this.application.remove("both");
		assertThat(client.offered().find("both").description()).isEqualTo("own");
	}

	@Test
	void aLaterOfferChangesNoClientThatIsBuilt() {
		AgentSocketClient first = this.builder.offer(List.of(action("a", ""))).build();
		AgentSocketClient second = this.builder.offer(List.of(action("b", ""))).build();
		assertThat(names(first.offered())).containsExactly("a");
		assertThat(names(second.offered())).containsExactly("a", "b");
		assertThatIllegalStateException().isThrownBy(() -> this.builder.offer(List.of(action("a", ""))));
	}

	private static Action action(String name, String description) {
		return Action.named(name).description(description).handler((exchange) -> Mono.empty());
	}

	private static List<String> names(ActionCatalog catalog) {
		return catalog.actions().stream().map(Action::name).toList();
	}

}
