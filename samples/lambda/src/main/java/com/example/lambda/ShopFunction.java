package com.example.lambda;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.session.AgentSession;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * A function of AWS Lambda: as a custom runtime that streams, and, behind
 * {@code io.agentsocket.lambda.LambdaHandler}, below the managed runtime. Nothing of its
 * tools knows that.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ShopFunction {

	public static void main(String[] args) {
		SpringApplication.run(ShopFunction.class, args);
	}

	@Bean
	ShopTools shopTools() {
		return new ShopTools();
	}

	/** The tools. */
	static class ShopTools {

		@AgentTool(value = "story.tell", description = "Tells a story, word by word")
		Flux<String> tell(int words) {
			List<String> story = List.of("Once", "upon", "a", "time", "an", "agent", "asked");
			return Flux.range(0, words).map((n) -> story.get(n % story.size()) + " ");
		}

		@AgentTool(value = "cart.add", description = "Adds an article to the cart")
		Mono<String[]> add(String article, AgentSession session) {
			return session.updateAttribute("cart", String[].class, (cart) -> {
				List<String> changed = new ArrayList<>((cart != null) ? List.of(cart) : List.of());
				changed.add(article);
				return changed.toArray(String[]::new);
			});
		}

	}

}
