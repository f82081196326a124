package com.example.benchmark;

import org.jspecify.annotations.Nullable;

/**
 * A client of a contestant with one connection (or a pool of its own, where the protocol
 * needs a connection for each open call).
 */
public interface Connection extends AutoCloseable {

	/**
	 * Call {@code weather.current} without waiting for the answer.
	 * @param request the arguments
	 * @param reply told when the answer was decoded and checked
	 */
	void call(WeatherRequest request, Reply reply);

	/**
	 * Call {@code llm.tokens} without waiting for the end of the stream.
	 * @param request the arguments
	 * @param reply told when all tokens were decoded
	 */
	void tokens(TokensRequest request, Reply reply);

	@Override
	void close();

	/**
	 * Take a decoded answer.
	 * @param weather the answer
	 * @param reply told that it is there, or that it is wrong
	 */
	static void answer(@Nullable Weather weather, Reply reply) {
		if (weather == null || weather.temperature() != 21.5 || weather.city().length() != 6) {
			reply.done(new IllegalStateException("The answer is wrong: " + weather));
		}
		else {
			reply.done(null);
		}
	}

	/**
	 * Counts the tokens of one stream.
	 */
	final class Tokens {

		private final int expected;

		private final Reply reply;

		private int count;

		private int length;

		/**
		 * Create a counter.
		 * @param request what was asked for
		 * @param reply told at the end
		 */
		public Tokens(TokensRequest request, Reply reply) {
			this.expected = request.n();
			this.reply = reply;
		}

		/**
		 * Take a token.
		 * @param token its text
		 */
		public void token(String token) {
			this.count++;
			this.length += token.length();
		}

		/**
		 * The stream has ended.
		 */
		public void end() {
			boolean complete = this.count == this.expected && this.length >= 4 * this.expected;
			this.reply.done(complete ? null : new IllegalStateException(this.count + " tokens arrived"));
		}

		/**
		 * The stream has failed.
		 * @param error why
		 */
		public void failed(Throwable error) {
			this.reply.done(error);
		}

	}

}
