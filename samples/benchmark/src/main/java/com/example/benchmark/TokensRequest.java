package com.example.benchmark;

import java.util.List;

import reactor.core.publisher.Flux;

/**
 * The arguments of {@code llm.tokens}.
 *
 * @param n how many tokens to answer
 */
public record TokensRequest(int n) {

	/** Tokens of a stream. */
	public static final int TOKENS = 256;

	private static final List<String> WORDS = List.of("agent", " talk", " over", " one", " open", " sock", "et, a",
			"nd li", "sten ");

	/**
	 * Stream that the server of each contestant sends.
	 * @return texts of about 5 characters
	 */
	public Flux<String> tokens() {
		return Flux.range(0, this.n).map(TokensRequest::token);
	}

	/**
	 * Returns a token.
	 * @param index its position
	 * @return the text
	 */
	public static String token(int index) {
		return WORDS.get(index % WORDS.size());
	}

}
