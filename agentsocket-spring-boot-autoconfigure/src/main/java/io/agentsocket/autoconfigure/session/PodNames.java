package io.agentsocket.autoconfigure.session;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.UUID;

/**
 * Names for pods: the host, for people, and a part that is another one at each start.
 */
final class PodNames {

	private static final int MAX_HOST = 40;

	private PodNames() {
	}

	static String create() {
		return create(host());
	}

	static String create(String host) {
		String name = host.replaceAll("[^A-Za-z0-9.-]", "-").replaceFirst("^[^A-Za-z0-9]+", "");
		if (name.isEmpty()) {
			name = "pod";
		}
		return name.substring(0, Math.min(MAX_HOST, name.length())) + "-"
				+ UUID.randomUUID().toString().substring(0, 8);
	}

	private static String host() {
		String host = System.getenv("HOSTNAME");
		if (host != null && !host.isBlank()) {
			return host;
		}
		try {
			return InetAddress.getLocalHost().getHostName();
		}
		catch (UnknownHostException ex) {
			return "";
		}
	}

}
