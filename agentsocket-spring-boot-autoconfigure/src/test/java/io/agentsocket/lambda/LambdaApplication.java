package io.agentsocket.lambda;

import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.annotation.AgentTool;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * A function that runs below the runtimes of Lambda.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
public class LambdaApplication {

	static final String SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

	private static final AtomicInteger STARTS = new AtomicInteger();

	public static void main(String[] args) {
		SpringApplication.run(LambdaApplication.class, args);
	}

	@Bean
	Tools tools() {
		STARTS.incrementAndGet();
		return new Tools();
	}

	@Bean
	Action large() {
		byte[] piece = new byte[256 * 1024];
		return Action.named("large")
			.result(ResultShape.BYTES)
			.handler((exchange) -> Flux.range(0, 32).map((n) -> piece));
	}

	@Bean
	Action slow() {
		return Action.named("slow").handler((exchange) -> Mono.never());
	}

	/** The tools. */
	static class Tools {

		@AgentTool("greet")
		String greet(String name) {
			return "Hello " + name;
		}

		@AgentTool("starts")
		int starts() {
			return STARTS.get();
		}

	}

	/**
	 * A handler that names its application by itself.
	 */
	public static final class Handler extends LambdaHandler {

		public Handler() {
			super(LambdaApplication.class, "--agentsocket.function.secrets=" + SECRET);
		}

	}

	/**
	 * A handler whose application does not start.
	 */
	public static final class Broken extends LambdaHandler {

		public Broken() {
			super(LambdaApplication.class, "--agentsocket.function.secrets=none");
		}

	}

}
