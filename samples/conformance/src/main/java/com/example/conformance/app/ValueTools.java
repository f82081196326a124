package com.example.conformance.app;

import java.util.Arrays;
import java.util.Map;

import com.example.conformance.wire.Values;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Actions with one value as their result, and those that fail.
 */
@Component
class ValueTools {

	private final Journal journal;

	private final String pod;

	ValueTools(Journal journal, @Value("${conformance.pod}") String pod) {
		this.journal = journal;
		this.pod = pod;
	}

	@AgentTool(description = "Gives back its arguments", readOnly = true)
	Mono<Map<String, @Nullable Object>> echo(Map<String, @Nullable Object> all) {
		return Mono.just(all);
	}

	@AgentTool(description = "Gives back one argument")
	Mono<Object> value(@Nullable Object value) {
		return Mono.justOrEmpty(value);
	}

	@AgentTool(description = "Gives nothing")
	Mono<Void> nothing() {
		return Mono.empty();
	}

	@AgentTool(description = "Adds two integers", readOnly = true)
	Mono<Integer> add(int a, int b) {
		return Mono.just(a + b);
	}

	@AgentTool(description = "Books a table")
	Mono<String> book(@Min(1) @Max(8) int guests, String day, @Email String email, @Nullable String wish) {
		return Mono.just("booked");
	}

	@AgentTool(description = "Looks at bytes inside of its arguments")
	Mono<Seen> blob(byte[] data) {
		return Mono.just(Seen.of(data));
	}

	@AgentTool(description = "Counts code points")
	Mono<Integer> length(String text) {
		return Mono.just(text.codePointCount(0, text.length()));
	}

	@AgentTool(description = "Gives a long text")
	Mono<String> large(int size) {
		return Mono.fromSupplier(() -> "x".repeat(size));
	}

	@AgentTool(description = "Never ends")
	Mono<String> hang(String key) {
		return Mono.<String>never()
			.doOnSubscribe((begun) -> this.journal.note(key, "started"))
			.doOnCancel(() -> this.journal.note(key, "cancelled"));
	}

	@AgentTool(value = "wait", description = "Ends when it is released")
	Mono<Integer> untilReleased(String key) {
		return Mono.defer(() -> {
			int runs = this.journal.note(key, "ran");
			this.journal.note(key, "started");
			return this.journal.permit(key)
				.then(Mono.fromSupplier(() -> runs))
				.doOnNext((value) -> this.journal.note(key, "ended"))
				.doOnCancel(() -> this.journal.note(key, "cancelled"));
		});
	}

	@AgentTool(value = "wait.idempotent", description = "Ends when it is released", idempotent = true)
	Mono<Integer> untilReleasedAgain(String key) {
		return untilReleased(key);
	}

	@AgentTool(description = "Counts how often it ran")
	Mono<Integer> counter(String key) {
		return Mono.fromSupplier(() -> this.journal.note(key, "ran"));
	}

	@AgentTool(value = "counter.idempotent", description = "Counts how often it ran", idempotent = true)
	Mono<Integer> counterAgain(String key) {
		return counter(key);
	}

	@AgentTool(description = "Reports how far it is")
	Mono<String> progress(int steps, AgentExchange exchange) {
		return Flux.range(1, steps)
			.doOnNext((step) -> exchange.progress(step, (double) steps, "step " + step))
			.then(Mono.just("done"));
	}

	@AgentTool(description = "Fails as it is told")
	Mono<String> fail(int code, String text, boolean retryable) {
		ActionException error = new ActionException(code, text);
		return Mono.error(retryable ? error.retryable() : error);
	}

	@AgentTool(description = "Fails unexpectedly")
	Mono<String> crash() {
		return Mono.error(new IllegalStateException("The secret of this action"));
	}

	@AgentTool(description = "Says which session and pod this is")
	Mono<Map<String, String>> whoami(AgentExchange exchange) {
		return Mono.just(Map.of("session", exchange.session().id(), "pod", this.pod));
	}

	@AgentTool(value = "end.session", description = "Ends the session")
	Mono<Void> endSession(AgentExchange exchange) {
		return exchange.session().end();
	}

	/**
	 * Bytes that came.
	 *
	 * @param size how many
	 * @param same whether they are the pattern
	 */
	record Seen(int size, boolean same) {

		static Seen of(byte[] data) {
			return new Seen(data.length, Arrays.equals(data, Values.pattern(0, data.length)));
		}

	}

}
