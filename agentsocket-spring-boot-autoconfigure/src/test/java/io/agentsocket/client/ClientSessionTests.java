package io.agentsocket.client;

import java.util.List;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The attributes of the session of a client, which keep to the same contract as those of
 * a server.
 */
class ClientSessionTests {

	private final ClientSession session = new ClientSession(Mono::empty, List.of(), Runnable::run);

	@Test
	void valueOfAnotherTypeIsAnIllegalArgument() {
		this.session.setAttribute("count", 1);
		assertThat(this.session.attribute("count", Integer.class)).contains(1);
		assertThatIllegalArgumentException().isThrownBy(() -> this.session.attribute("count", String.class))
			.withMessage("The attribute count is not a java.lang.String");
	}

	@Test
	void updateThatFailsIsASignal() {
		this.session.setAttribute("count", 1);
		StepVerifier.create(Await.ended(this.session.updateAttribute("count", String.class, (text) -> text + "x")))
			.expectError(IllegalArgumentException.class)
			.verify(Await.LONG);
		StepVerifier.create(Await.ended(this.session.updateAttribute("count", Integer.class, (count) -> {
			throw new IllegalStateException("not now");
		}))).expectErrorMessage("not now").verify(Await.LONG);
		StepVerifier.create(Await.ended(this.session.updateAttribute("count", Integer.class, (count) -> count + 1)))
			.expectNext(2)
			.expectComplete()
			.verify(Await.LONG);
	}

}
