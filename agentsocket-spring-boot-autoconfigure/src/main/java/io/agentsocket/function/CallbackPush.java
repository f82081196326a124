package io.agentsocket.function;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

import io.agentsocket.action.FunctionPush;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A push to the callback of a request. Immutable.
 *
 * @param url where pods take pushes
 * @param token opens it, and is a secret
 * @param expiresAt when the token expires
 * @param scope the reach of the token
 * @param json codec of pushes
 */
record CallbackPush(URI url, String token, Instant expiresAt, Set<String> scope, Codec json) {

	/** A token that is a value of a header. */
	private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");

	/** The push of a request; {@code null} when its relay takes none. */
	static @Nullable CallbackPush of(InvokeRequest request, Codec json) {
		Map<String, Object> callback = InvokeRequest.map(request.body().get("callback"));
		if (!(callback.get("url") instanceof String url) || !(callback.get("token") instanceof String token)) {
			return null;
		}
		try {
			URI address = URI.create(url);
			boolean web = "http".equalsIgnoreCase(address.getScheme()) || "https".equalsIgnoreCase(address.getScheme());
			if (!web || address.getHost() == null || !TOKEN.matcher(token).matches()) {
				return null;
			}
			// Any time that an Instant can hold.
			long expiry = (callback.get("expiresAt") instanceof Number number)
					? Math.max(0, Math.min(number.longValue(), 1L << 40)) : 0;
			List<?> scopes = (callback.get("scope") instanceof List<?> list) ? list : List.of();
			return new CallbackPush(address, token, Instant.ofEpochSecond(expiry),
					Set.copyOf(scopes.stream().map(String::valueOf).distinct().toList()), json);
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	/** Pushes operations, each time that somebody subscribes with a key of its own. */
	Mono<FunctionPush.Receipt> send(List<? extends Map<String, ?>> operations) {
		return Mono.defer(() -> send(operations, UUID.randomUUID().toString()));
	}

	/** Pushes operations with a key, so that it may be done again. */
	Mono<FunctionPush.Receipt> send(List<? extends Map<String, ?>> operations, String key) {
		return Mono.defer(() -> {
			Bytes body = this.json.encodeMap(Map.of("ops", operations));
			return PushClient.send(this.url, this.token, key, body);
		});
	}

	@Override
	public String toString() {
		return "CallbackPush to " + this.url;
	}

}
