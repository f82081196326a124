package io.agentsocket.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.client.UriPolicy;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The client.
 *
 * @param uri Address of the endpoint to connect to, such as
 * wss://example.com/agentsocket. Without it or uris there is no client.
 * @param uris Comma-separated list of addresses in place of uri, each of which serves
 * every session.
 * @param uriPolicy Which of several addresses is tried first.
 * @param codec Codec of the connection.
 * @param bearerToken Token to authenticate with.
 * @param headers Headers to add to the upgrade request.
 * @param connectTimeout Time that an attempt to connect may take, from the token to the
 * answer of the server to HELLO.
 * @param maxWait Time that each invocation waits for a connection before it fails with
 * UNAVAILABLE.
 * @param refusalTimeout Time for which the client tries again while the server gives
 * answers that may be due to a deploy, such as status 404.
 * @param closeTimeout Time that a connection may take to close, such as when the server
 * does not read, before it is closed by force.
 * @param repeatIdempotent Whether invocations that were open when the server lost the
 * session are made again if their action is idempotent or readOnly.
 * @param idempotencyKeys Whether each invocation without an idempotency key gets one, so
 * that it survives a reset that keeps the session.
 * @param offerActions Whether the actions of this application are offered to the server
 * that the client connects to, which it does at start-up then.
 * @param failFast Whether to connect at start-up, and to fail the start when there is no
 * connection within the connect timeout, which each address has.
 * @param ssl how the client connects to wss addresses
 * @param backoff waits between attempts to connect
 * @param limits limits of the client as a receiver
 */
@Internal
public record ClientProperties(@Nullable URI uri, @DefaultValue List<URI> uris,
		@DefaultValue("in-order") UriPolicy uriPolicy, @DefaultValue("cbor") String codec, @Nullable String bearerToken,
		@DefaultValue Map<String, String> headers, @DefaultValue("10s") Duration connectTimeout,
		@DefaultValue("30s") Duration maxWait, @DefaultValue("2m") Duration refusalTimeout,
		@DefaultValue("5s") Duration closeTimeout, @DefaultValue("true") boolean repeatIdempotent,
		@DefaultValue("false") boolean idempotencyKeys, @DefaultValue("false") boolean failFast,
		@DefaultValue("false") boolean offerActions, @DefaultValue Ssl ssl, @DefaultValue Backoff backoff,
		@DefaultValue Limits limits) {

	/**
	 * All addresses, whichever property has them.
	 * @return the addresses, without one there is no client
	 */
	public List<URI> addresses() {
		return (this.uri != null) ? List.of(this.uri) : this.uris;
	}

	/** Does not show the token and the headers. */
	@Override
	public String toString() {
		return "Client[uris=" + addresses() + "]";
	}

	/**
	 * TLS of the client.
	 *
	 * @param bundle Name of the SSL bundle that has the certificates with which the
	 * client connects to wss addresses. By default those of the JVM.
	 */
	public record Ssl(@Nullable String bundle) {

	}

	/**
	 * Waits between attempts to connect.
	 *
	 * @param first Upper bound of the wait after the loss of a connection that has lasted
	 * longer than the base, or a quarter of the time without a connection if that is
	 * longer. Never longer than the base.
	 * @param base Upper bound of the waits between attempts to connect, the one after a
	 * loss aside, or a quarter of the time without a connection if that is longer.
	 * @param cap Upper bound of every wait, unless the server asks for more.
	 */
	public record Backoff(@DefaultValue("250ms") Duration first, @DefaultValue("1s") Duration base,
			@DefaultValue("30s") Duration cap) {

	}

	/**
	 * Limits of the client as a receiver.
	 *
	 * @param message Largest WebSocket message, at least 8KB.
	 * @param frame Largest frame, header included.
	 * @param item Largest payload, assembled from its parts. A larger value than the
	 * default also holds for sent payloads.
	 * @param assembly All unfinished payloads together.
	 * @param streams Number of invocations that the server may have open at once.
	 * @param items Number of items that the server may send on a stream it opened before
	 * it needs credit.
	 * @param window Bytes that the server may have sent without being acknowledged, and
	 * the most that is kept for the server, whatever it declares. At least two frames and
	 * 32KB.
	 * @param aliases Number of aliases that the server may define.
	 * @param name Longest name.
	 * @param metadata Largest metadata of a frame.
	 */
	public record Limits(@DefaultValue("64KB") DataSize message, @DefaultValue("16KB") DataSize frame,
			@DefaultValue("1MB") DataSize item, @DefaultValue("4MB") DataSize assembly,
			@DefaultValue("1024") int streams, @DefaultValue("32") int items, @DefaultValue("256KB") DataSize window,
			@DefaultValue("1024") int aliases, @DefaultValue("128B") DataSize name,
			@DefaultValue("4KB") DataSize metadata) {

	}

}
