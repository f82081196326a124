package io.agentsocket.action;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Listeners to the ends of actions, where several are interceptors of one side.
 */
@ExtendWith(OutputCaptureExtension.class)
class InterceptorsTests {

	private final List<String> heard = new ArrayList<>();

	@Test
	void listenerThatFailsHidesTheEndFromNoOther(CapturedOutput output) {
		AgentExchange exchange = mock(AgentExchange.class);
		given(exchange.action()).willReturn(Action.named("pay").handler((call) -> Mono.empty()));
		ActionRunListener listener = Interceptors
			.of(List.of(new Hearing("first", false), new Hearing("failing", true), new Hearing("last", false)))
			.runListener();
		assertThat(listener).isNotNull();
		listener.ended(exchange, null, null, 7);
		assertThat(this.heard).containsExactly("first", "failing", "last");
		assertThat(output).containsOnlyOnce("A listener to the end of action pay failed");
	}

	@Test
	void onlyListenerThatFailsIsLogged(CapturedOutput output) {
		AgentExchange exchange = mock(AgentExchange.class);
		given(exchange.action()).willReturn(Action.named("pay").handler((call) -> Mono.empty()));
		ActionRunListener listener = Interceptors.of(List.of(new Hearing("failing", true))).runListener();
		assertThat(listener).isNotNull();
		listener.ended(exchange, null, null, 7);
		assertThat(output).containsOnlyOnce("A listener to the end of action pay failed");
	}

	private final class Hearing implements ActionInterceptor, ActionRunListener {

		private final String name;

		private final boolean failing;

		private Hearing(String name, boolean failing) {
			this.name = name;
			this.failing = failing;
		}

		@Override
		public void ended(AgentExchange exchange, @Nullable Throwable thrown, @Nullable ActionException answered,
				long nanos) {
			InterceptorsTests.this.heard.add(this.name);
			if (this.failing) {
				throw new NoClassDefFoundError("example.Meters");
			}
		}

	}

}
