package io.agentsocket.autoconfigure.server;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketProperties.Server;
import io.agentsocket.autoconfigure.PropertyChecks;
import io.agentsocket.autoconfigure.PropertyRules;
import io.agentsocket.codec.Codec;
import io.agentsocket.server.ServerSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Makes of the properties what the server needs.
 */
final class ServerConfiguration {

	private static final String PREFIX = "agentsocket.server.";

	private ServerConfiguration() {
	}

	static ServerSettings settings(AgentSocketProperties properties) {
		PropertyChecks.check(properties);
		Server server = properties.server();
		return ServerSettings.builder()
			.limits(PropertyRules.limits(server.limits()))
			.helloTimeout(PropertyRules.positive(PREFIX + "hello-timeout", server.helloTimeout()))
			.keepAlive(PropertyRules.positive(PREFIX + "keep-alive", server.keepAlive()))
			.keepAliveTimeout(PropertyRules.positive(PREFIX + "keep-alive-timeout", server.keepAliveTimeout()))
			.stallTimeout(PropertyRules.positive(PREFIX + "stall-timeout", server.stallTimeout()))
			.idleTimeout(
					PropertyRules.notNegative("agentsocket.session.idle-timeout", properties.session().idleTimeout()))
			.unconfirmedTimeout(PropertyRules.notNegative("agentsocket.session.unconfirmed-timeout",
					properties.session().unconfirmedTimeout()))
			.maxSessionAge(PropertyRules.positive("agentsocket.session.max-age", properties.session().maxAge()))
			.maxConnectionAge(PropertyRules.positive(PREFIX + "max-connection-age", server.maxConnectionAge()))
			.drainTimeout(PropertyRules.notNegative(PREFIX + "drain-timeout", server.drainTimeout()))
			.drainSpread(PropertyRules.notNegative(PREFIX + "drain-spread", server.drainSpread()))
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
			offered.add(PropertyRules.codec("agentsocket.server.codecs", name, codecs));
		}
		if (offered.isEmpty()) {
			throw new InvalidConfigurationPropertyValueException("agentsocket.server.codecs", names,
					"A server offers at least one codec.");
		}
		return offered;
	}

}
