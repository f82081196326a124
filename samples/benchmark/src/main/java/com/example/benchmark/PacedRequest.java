package com.example.benchmark;

import java.time.Duration;
import java.util.HexFormat;

import reactor.core.publisher.Flux;

/**
 * The arguments of {@code llm.paced}, a stream as a model answers it: an item now and
 * then, for as long as somebody listens.
 *
 * @param delay milliseconds until the first item
 * @param period milliseconds from one item to the next
 */
public record PacedRequest(int delay, int period) {

	private static final int DIGITS = 16;

	/**
	 * Stream that the server of each contestant sends. An item says when it was made. If
	 * nobody asks for it, it is left out.
	 * @return texts of 20 characters
	 */
	public Flux<String> items() {
		return Flux.interval(Duration.ofMillis(this.delay), Duration.ofMillis(this.period))
			.onBackpressureDrop()
			.map((tick) -> item());
	}

	private static String item() {
		return HexFormat.of().toHexDigits(System.nanoTime()) + "item";
	}

	/**
	 * Time that an item took to get here, in a process on the same machine: on Linux all
	 * of them have the clock in common.
	 * @param item the item
	 * @return nanoseconds
	 */
	public static long delayOf(String item) {
		return System.nanoTime() - HexFormat.fromHexDigitsToLong(item, 0, DIGITS);
	}

}
