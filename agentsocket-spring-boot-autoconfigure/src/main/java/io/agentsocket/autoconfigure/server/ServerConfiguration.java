package io.agentsocket.autoconfigure.server;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketProperties.Server;
import io.agentsocket.autoconfigure.PropertyValues;
import io.agentsocket.codec.Codec;
import io.agentsocket.server.ServerBounds;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.bounds.BucketRates;
import io.agentsocket.server.bounds.InvocationRates;
import org.jspecify.annotations.Nullable;

import org.springframework.util.unit.DataSize;

/**
 * Makes the settings of the server of the properties.
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
			.bounds(bounds(server.bounds()))
			.build();
	}

	private static ServerBounds bounds(AgentSocketProperties.Bounds bounds) {
		return ServerBounds.builder()
			.maxConnections(bounds.connections())
			.maxHandshakes(bounds.handshakes())
			.maxHandshakesPerAddress(bounds.handshakesPerAddress())
			.maxSessionsPerPrincipal(bounds.sessionsPerPrincipal())
			.maxSessionsPerAddress(bounds.sessionsPerAddress())
			.maxInvocationsPerPrincipal(bounds.invocationsPerPrincipal())
			.maxInvocationsPerAddress(bounds.invocationsPerAddress())
			.sessionMemory(bytes(bounds.sessionMemory()))
			.memory(bytes(bounds.memory()))
			.build();
	}

	private static long bytes(@Nullable DataSize size) {
		return (size != null) ? size.toBytes() : 0;
	}

	/** How often invocations may begin. Uses Bucket4j only where something is bounded. */
	static InvocationRates rates(AgentSocketProperties.Bounds bounds) {
		Integer perSession = bounds.invocationsPerSecond();
		return (perSession == null && bounds.toolInvocationsPerSecond().isEmpty()) ? InvocationRates.UNBOUNDED
				: new BucketRates((perSession != null) ? perSession : 0, bounds.toolInvocationsPerSecond());
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
