package io.agentsocket.relay.answer;

import java.time.Duration;

import io.agentsocket.protocol.Bytes;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * Reads the bodies of requests: bounded in bytes, in time, and by the memory of the
 * process. Thread-safe.
 */
public final class RequestReader {

	/** Time for a whole body: enough for 1 MiB at a third of a megabit per second. */
	public static final Duration TIMEOUT = Duration.ofSeconds(30);

	/** Whoever is refused has sent its body at once, or waits for nothing. */
	private static final Duration SKIP_TIME = Duration.ofSeconds(5);

	private static final int LATE = 408;

	private static final int LARGE = 413;

	private static final int NO_ROOM = 503;

	private final int max;

	private final Duration timeout;

	/**
	 * Create a reader.
	 * @param max bytes of the largest body
	 * @param timeout time for a whole body
	 */
	public RequestReader(int max, Duration timeout) {
		this.max = max;
		this.timeout = timeout;
	}

	/**
	 * Read a body.
	 * @param body the body
	 * @param taken counts its bytes while they come; is not closed here
	 * @return the body; fails with {@link UnreadException} when it is read no further
	 */
	public Mono<Bytes> read(Flux<DataBuffer> body, IncomingPush taken) {
		Flux<DataBuffer> buffers = body.handle((buffer, sink) -> {
			if (taken.take(buffer.readableByteCount())) {
				sink.next(buffer);
				return;
			}
			DataBufferUtils.release(buffer);
			sink.error(new UnreadException(NO_ROOM, "There is no room for it"));
		});
		return DataBufferUtils.join(buffers, this.max)
			.map(RequestReader::bytes)
			.defaultIfEmpty(Bytes.EMPTY)
			.timeout(this.timeout, Mono.error(
					() -> new UnreadException(LATE, "The body has not come within " + this.timeout.toSeconds() + " s")))
			.onErrorMap(DataBufferLimitException.class,
					(error) -> new UnreadException(LARGE, "A body has at most " + this.max + " bytes"));
	}

	/**
	 * Read the body of a request that is refused, and forget it. The next request on a
	 * connection would wait for a body that nobody reads, and a client that still writes
	 * might never read the answer. Neither a long body nor a slow one is waited for.
	 * @param body the body
	 * @return completes when the answer may be written
	 */
	public Mono<Void> skip(Flux<DataBuffer> body) {
		return body.map(RequestReader::forget)
			.scan(0L, Long::sum)
			.takeUntil((length) -> length > this.max)
			.take(SKIP_TIME)
			.then();
	}

	private static long forget(DataBuffer buffer) {
		long length = buffer.readableByteCount();
		DataBufferUtils.release(buffer);
		return length;
	}

	private static Bytes bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return Bytes.of(bytes);
	}

	/** A body is read no further. */
	public static final class UnreadException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final int status;

		UnreadException(int status, String detail) {
			super(detail, null, false, false);
			this.status = status;
		}

		/**
		 * The status of the answer: 408, 413 or 503.
		 * @return a status of HTTP
		 */
		public int status() {
			return this.status;
		}

		/**
		 * The rule that the body breaks, for the other side.
		 * @return a sentence
		 */
		public String detail() {
			return String.valueOf(getMessage());
		}

	}

}
