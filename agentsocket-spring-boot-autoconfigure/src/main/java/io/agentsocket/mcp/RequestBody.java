package io.agentsocket.mcp;

import java.time.Duration;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.bounds.IncomingBytes;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request while it comes: bounded in bytes, in time, and by the memory of
 * the pod. Read by one thread at a time; another one may close it meanwhile.
 */
public final class RequestBody implements AutoCloseable {

	/** Time for the whole body: enough for 1 MiB at a third of a megabit per second. */
	public static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final IncomingBytes incoming;

	private final int max;

	private final long begin = System.nanoTime();

	private final Duration timeout;

	private int length;

	RequestBody(IncomingBytes incoming, int max, Duration timeout) {
		this.incoming = incoming;
		this.max = max;
		this.timeout = timeout;
	}

	/**
	 * Take a piece of the body.
	 * @param bytes how many more have come
	 * @return the answer to a request whose body is read no further, or {@code null}
	 */
	public @Nullable McpAnswer take(int bytes) {
		if (bytes > this.max - this.length) {
			return tooLarge(this.max);
		}
		if (System.nanoTime() - this.begin > this.timeout.toNanos()) {
			return late();
		}
		if (!this.incoming.take(bytes)) {
			return McpAnswer.error(new RpcError(503, RpcError.UNAVAILABLE, "The server has no room for it"),
					Bytes.EMPTY);
		}
		this.length += bytes;
		return null;
	}

	static McpAnswer tooLarge(int max) {
		return McpAnswer.error(new RpcError(413, RpcError.INVALID_REQUEST, "A request has at most " + max + " bytes"),
				Bytes.EMPTY);
	}

	/**
	 * The answer to a request whose body has not come in time.
	 * @return the answer
	 */
	public McpAnswer late() {
		return McpAnswer.error(new RpcError(408, RpcError.INVALID_REQUEST,
				"The request has not come within " + this.timeout.toSeconds() + " s"), Bytes.EMPTY);
	}

	/** The body is there, or nobody waits for it any more. */
	@Override
	public void close() {
		this.incoming.close();
	}

}
