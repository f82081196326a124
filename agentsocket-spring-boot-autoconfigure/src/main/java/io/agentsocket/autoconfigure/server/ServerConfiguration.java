package io.agentsocket.autoconfigure.server;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketProperties.Server;
import io.agentsocket.autoconfigure.PropertyValues;
import io.agentsocket.codec.Codec;
import io.agentsocket.server.ServerSettings;
import org.jspecify.annotations.Nullable;

/**
 * Makes of the properties what the server needs.
 */
final class ServerConfiguration {

	private ServerConfiguration() {
	}

	static ServerSettings settings(AgentSocketProperties properties) {
		Server server = properties.server();
		return ServerSettings.builder()
			.limits(PropertyValues.limits(server.limits()))
			.helloTimeout(server.helloTimeout())
			.keepAlive(server.keepAlive())
			.keepAliveTimeout(server.keepAliveTimeout())
			.stallTimeout(server.stallTimeout())
			.closeTimeout(server.closeTimeout())
			.idleTimeout(properties.session().idleTimeout())
			.unconfirmedTimeout(properties.session().unconfirmedTimeout())
			.maxSessionAge(properties.session().maxAge())
			.maxConnectionAge(server.maxConnectionAge())
			.drainTimeout(server.drainTimeout())
			.drainSpread(server.drainSpread())
			.maxSessions(server.maxSessions())
			.durability(properties.session().durability())
			.build();
	}

	/**
	 * The codecs that are offered.
	 * @param names their names, or {@code null} for all
	 * @param codecs those that there are
	 * @return at least one
	 */
	static List<Codec> offered(@Nullable List<String> names, List<Codec> codecs) {
		if (names == null) {
			return codecs;
		}
		List<Codec> offered = new ArrayList<>();
		for (String name : names) {
			offered.add(PropertyValues.codec("agentsocket.server.codecs", name, codecs));
		}
		return offered;
	}

}
