package io.agentsocket.autoconfigure.relay;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The secret that signs the tokens of functions.
 */
final class CallbackSecrets {

	private static final Log logger = LogFactory.getLog(CallbackSecrets.class);

	private static final int BYTES = 32;

	private CallbackSecrets() {
	}

	/**
	 * The secret that was set, or one of this pod.
	 * @param secret the property
	 * @param shared whether sessions have several pods
	 */
	static byte[] of(@Nullable String secret, boolean shared) {
		if (secret != null) {
			return secret.getBytes(StandardCharsets.UTF_8);
		}
		if (shared) {
			logger.warn("agentsocket.relay.callback.secret is not set: a function can push to the pod only that has "
					+ "called it. Set the same secret in all pods");
		}
		byte[] random = new byte[BYTES];
		new SecureRandom().nextBytes(random);
		return random;
	}

}
