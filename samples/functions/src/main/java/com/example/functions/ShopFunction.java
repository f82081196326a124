package com.example.functions;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.FunctionPush;
import io.agentsocket.annotation.AgentState;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.session.AgentSession;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;

/**
 * A function with Spring, in a JVM of its own. Nothing of its tools knows that.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
public class ShopFunction {

	public static void main(String[] args) throws Exception {
		var context = new SpringApplicationBuilder(ShopFunction.class).properties("spring.config.name=shop").run(args);
		System.out.println("listening on " + context.getEnvironment().getProperty("local.server.port"));
		// It ends with the process that has started it.
		while (System.in.read() >= 0) {
			// Nothing is told.
		}
		System.exit(0);
	}

	@Bean
	ShopTools shopTools() {
		return new ShopTools();
	}

	/** The tools. */
	static class ShopTools {

		@AgentTool(value = "story.tell", description = "Tells a story, word by word")
		Flux<String> tell(int words, int pause) {
			List<String> story = List.of("Once", "upon", "a", "time", "an", "agent", "asked");
			return Flux.range(0, words)
				.map((n) -> story.get(n % story.size()) + " ")
				.delayElements(Duration.ofMillis(pause));
		}

		@AgentTool(value = "cart.add", description = "Adds an article to the cart")
		@AgentState("cart")
		Mono<String[]> add(String article, AgentSession session) {
			return session.updateAttribute("cart", String[].class, (cart) -> {
				List<String> changed = new ArrayList<>((cart != null) ? List.of(cart) : List.of());
				changed.add(article);
				return changed.toArray(String[]::new);
			});
		}

		/** The event comes when the answer is long there. */
		@AgentTool(value = "order.place", description = "Orders an article, and tells later that it is sent")
		String order(String article, FunctionPush push) {
			Mono.delay(Duration.ofMillis(100)).then(push.event("order.sent", article)).subscribe();
			return "accepted";
		}

		/** Runs again when the answer is there: no function waits for a person. */
		@AgentTool(value = "trip.book", description = "Books a trip")
		Mono<String> book(String place, AgentExchange exchange) {
			return exchange.ask("Which day?", String.class).map((day) -> place + " on " + day);
		}

	}

}
