package com.example.conformance.app;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import com.example.conformance.wire.Values;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;

/**
 * Actions with streams as their results, and those that take streams.
 */
@Component
class StreamTools {

	private final Journal journal;

	StreamTools(Journal journal) {
		this.journal = journal;
	}

	@AgentTool(description = "Counts", readOnly = true)
	Flux<Integer> count(@AgentParam(defaultValue = "1") int from, int to, @Nullable Integer fail) {
		Flux<Integer> numbers = Flux.range(from, Math.max(0, to - from + 1));
		return (fail != null) ? numbers.concatWith(Mono.error(new ActionException(fail, "failed on purpose")))
				: numbers;
	}

	@AgentTool(description = "Gives maps")
	Flux<Map<String, Object>> objects(int count, int size) {
		return Flux.range(1, count).map((number) -> Map.of("n", number, "pad", "x".repeat(size)));
	}

	@AgentTool(description = "Gives text in pieces", readOnly = true)
	Flux<String> tokens(int count) {
		return Flux.range(1, count).map((number) -> "t" + number + " ");
	}

	@AgentTool(description = "Gives the pieces of text that it is told")
	Flux<String> text(List<String> pieces) {
		return Flux.fromIterable(pieces);
	}

	@AgentTool(description = "Gives the pattern of bytes")
	Flux<byte[]> bytes(int size, int piece) {
		return Flux.range(0, (size + piece - 1) / piece)
			.map((i) -> Values.pattern(i * piece, Math.min(piece, size - i * piece)));
	}

	@AgentTool(value = "wait.items", description = "Counts, one for each release")
	Flux<Integer> released(String key, int to) {
		return Flux.range(1, to).concatMap((number) -> this.journal.permit(key).thenReturn(number), 0);
	}

	@AgentTool(description = "Counts until it is asked to stop")
	Flux<Object> steps(@AgentParam(defaultValue = "10") int every, AgentExchange exchange) {
		AtomicLong count = new AtomicLong();
		return Flux.interval(Duration.ofMillis(every))
			.onBackpressureDrop()
			.<Object>map((tick) -> count.incrementAndGet())
			.takeUntilOther(exchange.stopRequested())
			.concatWith(Mono.just("stopped"));
	}

	@AgentTool(description = "Adds up the numbers that the caller sends")
	Mono<Sum> sum(Flux<Long> numbers) {
		return numbers.reduce(new Sum(0, 0), Sum::plus);
	}

	@AgentTool(value = "slow.sum", description = "Adds up numbers, one for each release")
	Mono<Sum> slowSum(String key, Flux<Long> numbers) {
		return numbers.concatMap((number) -> this.journal.permit(key).thenReturn(number), 0)
			.reduce(new Sum(0, 0), Sum::plus);
	}

	@AgentTool(description = "Takes the numbers from 1 on in their order")
	Mono<Long> ordered(Flux<Long> numbers) {
		return numbers.reduce(0L, (last, number) -> {
			if (number != last + 1) {
				throw new ActionException(ErrorCode.DATA_LOSS, number + " came after " + last);
			}
			return number;
		});
	}

	@AgentTool(description = "Joins the text that the caller sends")
	Mono<String> join(Flux<String> text) {
		return text.reduce(new StringBuilder(), StringBuilder::append).map(StringBuilder::toString);
	}

	@AgentTool(description = "Looks at the bytes that the caller sends")
	Mono<ValueTools.Seen> digest(Flux<byte[]> data) {
		return data.reduce(new ByteArrayOutputStream(), (all, piece) -> {
			all.writeBytes(piece);
			return all;
		}).map((all) -> ValueTools.Seen.of(all.toByteArray()));
	}

	@AgentTool(description = "Answers each item at once")
	Flux<Map<String, Object>> chat(Flux<Object> items) {
		return items.map((item) -> Map.of("got", item));
	}

	/**
	 * Numbers that came.
	 *
	 * @param count how many
	 * @param sum their sum
	 */
	record Sum(int count, long sum) {

		Sum plus(long number) {
			return new Sum(this.count + 1, this.sum + number);
		}

	}

}
