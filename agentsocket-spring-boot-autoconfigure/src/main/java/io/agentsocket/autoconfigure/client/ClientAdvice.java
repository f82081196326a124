package io.agentsocket.autoconfigure.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

import io.agentsocket.autoconfigure.ClientProperties;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.util.StringUtils;

/**
 * Says at the start which settings of the client are allowed and probably not meant, each
 * with its mend.
 */
final class ClientAdvice implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(ClientAdvice.class);

	/** A server that is away is asked more often than ten times a second below it. */
	private static final Duration SHORTEST_CAP = Duration.ofMillis(100);

	private final ClientProperties client;

	ClientAdvice(ClientProperties client) {
		this.client = client;
	}

	@Override
	public void afterSingletonsInstantiated() {
		List<URI> open = this.client.addresses().stream().filter(ClientAdvice::isReadable).toList();
		boolean secret = StringUtils.hasText(this.client.bearerToken())
				|| this.client.headers().keySet().stream().anyMatch("authorization"::equalsIgnoreCase);
		if (secret && !open.isEmpty()) {
			logger.warn("The token of the client is sent without encryption to " + open
					+ ": whoever is on the way can read it. Connect to wss:// addresses.");
		}
		Duration wait = this.client.maxWait();
		if (!wait.isZero() && wait.compareTo(this.client.connectTimeout()) < 0) {
			logger.warn("agentsocket.client.max-wait (" + wait.toMillis() + "ms) is shorter than "
					+ "agentsocket.client.connect-timeout (" + this.client.connectTimeout().toMillis()
					+ "ms): invocations fail while the first attempt to connect is underway. Make the one longer or "
					+ "the other shorter.");
		}
		if (this.client.backoff().cap().compareTo(SHORTEST_CAP) < 0) {
			logger.warn("agentsocket.client.backoff.cap (" + this.client.backoff().cap().toMillis()
					+ "ms) is so short that a server that is away is asked more than ten times a second. "
					+ "Make it longer, such as 30s.");
		}
	}

	/** Whether others may read messages to an address. */
	private static boolean isReadable(URI address) {
		String host = address.getHost().toLowerCase(Locale.ROOT);
		boolean loopback = host.equals("localhost") || host.endsWith(".localhost") || host.startsWith("127.")
				|| host.equals("[::1]");
		return "ws".equals(address.getScheme()) && !loopback;
	}

}
