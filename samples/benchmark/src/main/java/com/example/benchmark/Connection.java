package com.example.benchmark;

import java.util.function.Consumer;

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

	/**
	 * Call {@code text.get} without waiting for the answer.
	 * @param request the arguments
	 * @param reply told when the answer was decoded and checked
	 */
	default void text(TextRequest request, Reply reply) {
		throw new UnsupportedOperationException("Texts are not asked for here");
	}

	/**
	 * Call {@code llm.paced}, which ends with this connection.
	 * @param request the arguments
	 * @param item takes each item
	 */
	default void paced(PacedRequest request, Consumer<String> item) {
		throw new UnsupportedOperationException("Slow streams are not asked for here");
	}

	@Override
	void close();

	/**
	 * Take the answer of {@code text.get}.
	 * @param length length of the answer
	 * @param request what was asked for
	 * @param reply told that it is there, or that it is wrong
	 */
	static void text(int length, TextRequest request, Reply reply) {
		reply.done((length == request.length()) ? null
				: new IllegalStateException("The answer has a length of " + length));
	}

	/**
	 * A slow stream has failed; that it ends with its connection is as it should be.
	 * @param error why
	 */
	static void pacedFailed(@Nullable Throwable error) {
		System.err.println("A slow stream has ended: " + error);
	}

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
