package com.example.conformance.app;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * An application whose actions exercise the protocol. Several run in one process, each a
 * pod of its own.
 */
@SpringBootApplication
public class TestApplication {

	/** Property that only the second pod has. */
	static final String SECOND = "conformance.second";

	@Bean
	Action firstToFind() {
		return here(Action.named("find.a").title("A zebra crosses").description("For searches"));
	}

	@Bean
	Action secondToFind() {
		return here(Action.named("find.b").title("The second").description("For searches").tags("zebra", "stripes"));
	}

	@Bean
	Action thirdToFind() {
		return here(Action.named("find.c").title("The third").description("Says zebra here only"));
	}

	@Bean
	@ConditionalOnProperty(SECOND)
	Action onlyOfTheSecondPod() {
		return here(Action.named("only.second").description("The other pod lacks it"));
	}

	@Bean
	Action denied() {
		return here(Action.named("deny").description("Is always refused"));
	}

	@Bean
	ActionInterceptor refusal() {
		return new ActionInterceptor() {

			@Override
			public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
				return exchange.action().name().equals("deny")
						? Flux.error(new ActionException(ErrorCode.PERMISSION_DENIED, "Not for anybody"))
						: chain.proceed(exchange);
			}

		};
	}

	/**
	 * An action that is there.
	 * @param action its name and what else there is to say of it
	 * @return the action; its value is {@code "here"}
	 */
	public static Action here(Action.Builder action) {
		return action.handler((exchange) -> Mono.just("here"));
	}

}
