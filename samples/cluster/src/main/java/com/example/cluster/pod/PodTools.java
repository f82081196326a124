package com.example.cluster.pod;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * The tools of a pod. All of what they send is numbered, so that the agents see a gap.
 */
@Component
class PodTools {

	/** Error code of {@code numbers.sum} when a number is missing or came twice. */
	static final int BROKEN_SEQUENCE = 256;

	private static final int MILESTONE = 10;

	private final Journal journal;

	private final ReactiveStringRedisTemplate redis;

	PodTools(Journal journal, ReactiveStringRedisTemplate redis) {
		this.journal = journal;
		this.redis = redis;
	}

	@AgentTool(value = "numbers.stream", description = "Counts slowly from 1 to n; an event marks every tenth",
			readOnly = true)
	Flux<Long> stream(@AgentParam(description = "Id of the call, for the events") String call,
			@AgentParam(description = "How far") int n, @AgentParam(description = "Time between two") int millis,
			AgentExchange exchange) {
		return Flux.interval(Duration.ofMillis(millis))
			.onBackpressureBuffer()
			.take(n)
			.map((i) -> i + 1)
			.doOnNext((number) -> {
				if (number % MILESTONE == 0) {
					exchange.sendEvent("milestone", new Milestone(call, number / MILESTONE));
				}
			});
	}

	@AgentTool(value = "numbers.sum", description = "Adds up numbers that count from 1")
	Mono<Long> sum(String call, Flux<Long> numbers) {
		return Mono.defer(() -> {
			this.journal.ran(call);
			AtomicLong last = new AtomicLong();
			return numbers.doOnNext((number) -> {
				long expected = last.incrementAndGet();
				if (number != expected) {
					throw new ActionException(BROKEN_SEQUENCE, number + " came in place of " + expected);
				}
			}).reduce(0L, Long::sum);
		});
	}

	@AgentTool(value = "counter.add", description = "Counts one up; running it twice would be wrong")
	Mono<Long> add(String call, String counter) {
		return Mono.defer(() -> {
			this.journal.ran(call);
			return this.redis.opsForValue().increment("cluster:" + counter);
		});
	}

	@AgentTool(value = "number.square", description = "Squares a number", idempotent = true)
	Mono<Long> square(long number) {
		return Mono.just(number * number).delayElement(Duration.ofMillis(5));
	}

	@AgentTool(value = "order.confirm", description = "Asks the agent before it goes on")
	Mono<String> confirm(String call, AgentExchange exchange) {
		return Mono.defer(() -> {
			this.journal.ran(call);
			return exchange.ask(call, Confirmation.class).map(Confirmation::call);
		});
	}

	/**
	 * Every tenth number of a stream.
	 *
	 * @param call id of the call
	 * @param number counts from 1
	 */
	record Milestone(String call, long number) {

	}

	/**
	 * The agent's answer.
	 *
	 * @param call id of the call that asked
	 */
	record Confirmation(String call) {

	}

}
