package io.agentsocket.function;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import io.agentsocket.action.FunctionPush;
import io.agentsocket.action.FunctionPushException;
import io.agentsocket.protocol.Bytes;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Posts pushes to pods. Thread-safe.
 */
final class PushClient {

	/** After the first try, as the helper for JavaScript has it. */
	private static final int REPETITIONS = 3;

	private static final Duration CONNECT = Duration.ofSeconds(5);

	/** A pod answers within its own time for a store, which is less. */
	private static final Duration ANSWER = Duration.ofSeconds(20);

	/** Seconds before a repetition when the pod does not tell, times the number of it. */
	private static final int PAUSE = 1;

	/** The longest time that a repetition waits: functions pay for waiting. */
	private static final int MAX_PAUSE = 30;

	/** Bytes of an answer that are looked at: the one word of a receipt is among them. */
	private static final int MAX_ANSWER = 4096;

	/** The body was slow, pods are full or away, or a gateway finds none of them. */
	private static final Set<Integer> PASSING = Set.of(408, 429, 502, 503, 504);

	private PushClient() {
	}

	static Mono<FunctionPush.Receipt> send(URI url, String token, String key, Bytes body) {
		HttpRequest request = HttpRequest.newBuilder(url)
			.timeout(ANSWER)
			.header("authorization", "Bearer " + token)
			.header("content-type", "application/json")
			.header("idempotency-key", key)
			.POST(HttpRequest.BodyPublishers.ofByteArray(body.array(), body.offset(), body.length()))
			.build();
		return Mono.fromFuture(() -> Client.INSTANCE.sendAsync(request, (head) -> new BoundedText(MAX_ANSWER)))
			.timeout(ANSWER)
			.flatMap(PushClient::receipt)
			.retryWhen(Retry.from((failures) -> failures.concatMap(PushClient::pause)))
			.onErrorMap(Refused.class, (refused) -> new FunctionPushException(refused.response.statusCode()));
	}

	/**
	 * Whether a push that was answered with a status may be repeated, with its key.
	 */
	static boolean mayPass(int status) {
		return PASSING.contains(status);
	}

	private static Mono<FunctionPush.Receipt> receipt(HttpResponse<String> response) {
		if (response.statusCode() != 202) {
			return Mono.error(new Refused(response));
		}
		return Mono
			.just(response.body().contains("\"queued\"") ? FunctionPush.Receipt.QUEUED : FunctionPush.Receipt.LIVE);
	}

	/** The wait before a repetition; fails when there is none. */
	private static Mono<Long> pause(Retry.RetrySignal failure) {
		Throwable error = failure.failure();
		long number = failure.totalRetries() + 1;
		boolean repeatable = (error instanceof Refused refused) ? refused.isRepeatable()
				: error instanceof IOException || error instanceof java.util.concurrent.TimeoutException;
		if (!repeatable || number > REPETITIONS) {
			return Mono.error(error);
		}
		long seconds = (error instanceof Refused refused) ? refused.retryAfter(PAUSE * number) : PAUSE * number;
		return Mono.delay(spread(seconds));
	}

	/**
	 * A time, up to half as long again: functions that met the same outage must not come
	 * back at the same moment.
	 */
	static Duration spread(long seconds) {
		long least = Duration.ofSeconds(seconds).toMillis();
		return Duration.ofMillis(least + ThreadLocalRandom.current().nextLong(least / 2 + 1));
	}

	/** Made when the first push is sent: most functions push nothing. */
	private static final class Client {

		// Redirects are not followed: a token goes to the address that it came with.
		static final HttpClient INSTANCE = HttpClient.newBuilder()
			.connectTimeout(CONNECT)
			.followRedirects(HttpClient.Redirect.NEVER)
			.build();

		private Client() {
		}

	}

	/** An answer that is no receipt. */
	private static final class Refused extends IOException {

		private static final long serialVersionUID = 1L;

		private final transient HttpResponse<String> response;

		Refused(HttpResponse<String> response) {
			super("Refused");
			this.response = response;
		}

		boolean isRepeatable() {
			return mayPass(this.response.statusCode());
		}

		long retryAfter(long otherwise) {
			Optional<String> told = this.response.headers().firstValue("retry-after");
			// Nine digits are a number of this type, and more than any wait.
			return told.filter((value) -> value.matches("\\d{1,9}"))
				.map((value) -> Math.min(Long.parseLong(value), MAX_PAUSE))
				.orElse(otherwise);
		}

	}

}
