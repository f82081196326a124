package io.agentsocket.relay.push;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.answer.Payloads;
import org.jspecify.annotations.Nullable;

/**
 * Issues and checks the tokens with which functions push: JSON Web Tokens with HS256,
 * each for one invocation. Thread-safe. Implements section 10 of
 * {@code docs/function-protocol.md}.
 */
public final class CallbackTokens {

	/** All that a function may push. */
	static final Set<String> SCOPES = Set.of("events", "actions", "items", "interrupt");

	/** Longer tokens are not looked at. */
	private static final int MAX_LENGTH = 4096;

	private static final String AUDIENCE = "agentsocket-callback";

	private static final String HEADER = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));

	private static final String ALGORITHM = "HmacSHA256";

	private final SecretKeySpec key;

	private final Codec json;

	private final Duration ttl;

	/**
	 * Create tokens.
	 * @param secret at least 32 bytes that all pods share
	 * @param json writes claims
	 * @param ttl how long a token is valid
	 */
	public CallbackTokens(byte[] secret, Codec json, Duration ttl) {
		if (secret.length < 32) {
			throw new IllegalArgumentException("The secret of callback tokens has at least 32 bytes");
		}
		this.key = new SecretKeySpec(secret, ALGORITHM);
		this.json = json;
		this.ttl = ttl;
	}

	/** When a token that is issued now expires, in seconds since 1970. */
	public long expiry() {
		return Instant.now().plus(this.ttl).getEpochSecond();
	}

	/** Issue a token. */
	public String issue(Grant grant) {
		Map<String, Object> claims = new LinkedHashMap<>();
		claims.put("aud", AUDIENCE);
		claims.put("sub", grant.session());
		claims.put("fn", grant.function());
		claims.put("inv", grant.invocation());
		claims.put("act", grant.action());
		claims.put("pod", grant.pod());
		claims.put("scope", String.join(" ", grant.scopes()));
		claims.put("exp", grant.expiry());
		String content = HEADER + "." + encode(this.json.encodeMap(claims).toArray());
		return content + "." + encode(sign(content));
	}

	/**
	 * Check a token.
	 * @return the grant; null when it is forged, expired or no token
	 */
	public @Nullable Grant check(@Nullable String token) {
		if (token == null || token.length() > MAX_LENGTH) {
			return null;
		}
		String[] parts = token.split("\\.", -1);
		if (parts.length != 3 || !parts[0].equals(HEADER)) {
			return null;
		}
		try {
			byte[] given = Base64.getUrlDecoder().decode(parts[2]);
			if (!MessageDigest.isEqual(given, sign(parts[0] + "." + parts[1]))) {
				return null;
			}
			Map<String, Object> claims = this.json.decodeMap(Bytes.of(Base64.getUrlDecoder().decode(parts[1])));
			Grant grant = Grant.of(claims);
			return (AUDIENCE.equals(claims.get("aud")) && grant.expiry() > Instant.now().getEpochSecond()) ? grant
					: null;
		}
		catch (IllegalArgumentException | CodecException ex) {
			return null;
		}
	}

	private byte[] sign(String content) {
		try {
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(this.key);
			return mac.doFinal(content.getBytes(StandardCharsets.US_ASCII));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("HmacSHA256 is part of every Java platform", ex);
		}
	}

	private static String encode(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	/**
	 * The rights of a token.
	 *
	 * @param session id of the session
	 * @param function name of the function
	 * @param invocation id of the invocation
	 * @param action name of the action
	 * @param pod the pod that runs the invocation
	 * @param scopes kinds of operations
	 * @param expiry seconds since 1970
	 */
	public record Grant(String session, String function, String invocation, String action, String pod,
			Set<String> scopes, long expiry) {

		static Grant of(Map<String, Object> claims) {
			return new Grant(text(claims, "sub"), text(claims, "fn"), text(claims, "inv"), text(claims, "act"),
					text(claims, "pod"), Set.of(text(claims, "scope").split(" ")),
					Payloads.integer(claims.get("exp"), 0));
		}

		private static String text(Map<String, Object> claims, String name) {
			if (claims.get(name) instanceof String text) {
				return text;
			}
			throw new IllegalArgumentException("A claim is missing");
		}

	}

}
