package io.agentsocket.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.session.Durability;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Configuration of Agent Socket. The defaults are those of section 23 of
 * {@code docs/protocol.md}.
 *
 * @param enabled Whether Agent Socket is configured at all.
 * @param askTimeout Time that a question or an approval waits for an answer when nobody
 * says otherwise.
 * @param server the endpoint
 * @param session life of sessions
 * @param security rights of callers, with Spring Security
 * @param client the client
 * @param observation observations and meters
 * @param audit records of invocations
 * @param console the console
 * @param function the application as a function
 * @param mcp the MCP endpoint
 * @param springAi the bridge to Spring AI
 * @param functions Functions by their names: remote code that serves actions.
 * @param relay settings that all functions share
 */
@Internal
@ConfigurationProperties("agentsocket")
public record AgentSocketProperties(@DefaultValue("true") boolean enabled, @DefaultValue("5m") Duration askTimeout,
		@DefaultValue Server server, @DefaultValue Session session, @DefaultValue Security security,
		@NestedConfigurationProperty @DefaultValue ClientProperties client, @DefaultValue Observation observation,
		@DefaultValue Audit audit, @DefaultValue Console console,
		@NestedConfigurationProperty @DefaultValue FunctionModeProperties function,
		@NestedConfigurationProperty @DefaultValue McpProperties mcp, @DefaultValue SpringAi springAi,
		@DefaultValue Map<String, FunctionProperties> functions, @DefaultValue Relay relay) {

	/**
	 * The endpoint.
	 *
	 * @param enabled Whether to serve actions at an endpoint.
	 * @param path Path of the endpoint, relative to spring.webflux.base-path or
	 * server.servlet.context-path.
	 * @param allowedOrigins Comma-separated list of origins of web pages that may
	 * connect, beside the server's own.
	 * @param allowedOriginPatterns Comma-separated list of patterns of origins of web
	 * pages that may connect, such as https://*.example.com.
	 * @param allowedHosts Comma-separated list of host names, without ports, under which
	 * the endpoint may be reached, such as agents.example.com or *.example.com. By
	 * default every name, but on loopback only localhost, addresses, and requests through
	 * a proxy.
	 * @param helloTimeout Time from the upgrade within which HELLO has to come, and a
	 * third of the time for its answer.
	 * @param keepAlive Time without sending after which the server asks for a sign of
	 * life, 1s or more.
	 * @param keepAliveTimeout Time within which a sign of life has to come.
	 * @param stallTimeout Time after which a connection that takes nothing is closed.
	 * @param closeTimeout Time that a connection may take to close, such as when its
	 * client does not read, before it is closed by force.
	 * @param maxSessions Number of sessions, those without a connection included, beyond
	 * which no further one is opened.
	 * @param maxConnectionAge Age at which a client is asked to connect anew, plus or
	 * minus a tenth.
	 * @param drainTimeout Time that invocations have to finish when the server leaves.
	 * Has to be shorter than spring.lifecycle.timeout-per-shutdown-phase.
	 * @param drainSpread Time over which clients spread their reconnects when the server
	 * leaves.
	 * @param codecs Comma-separated list of codecs that the server offers. By default all
	 * that are on the class path.
	 * @param limits limits of the server as a receiver
	 * @param bounds bounds of all sessions together
	 */
	public record Server(@DefaultValue("true") boolean enabled, @DefaultValue("/agentsocket") String path,
			@DefaultValue List<String> allowedOrigins, @DefaultValue List<String> allowedOriginPatterns,
			@DefaultValue List<String> allowedHosts, @DefaultValue("5s") Duration helloTimeout,
			@DefaultValue("25s") Duration keepAlive, @DefaultValue("10s") Duration keepAliveTimeout,
			@DefaultValue("60s") Duration stallTimeout, @DefaultValue("5s") Duration closeTimeout,
			@DefaultValue("50000") int maxSessions, @DefaultValue("2h") Duration maxConnectionAge,
			@DefaultValue("10s") Duration drainTimeout, @DefaultValue("5s") Duration drainSpread,
			@Nullable List<String> codecs, @DefaultValue Limits limits, @DefaultValue Bounds bounds) {

	}

	/**
	 * Bounds of all sessions of the server together.
	 *
	 * @param connections Number of connections beyond which only agents are let in that
	 * resume a session.
	 * @param handshakes Number of connections without a session beyond which upgrades are
	 * refused with status 503.
	 * @param handshakesPerAddress Number of connections without a session from one
	 * address that may open one. Four times as many more may resume theirs; beyond that
	 * upgrades are refused with status 429.
	 * @param sessionsPerPrincipal Number of sessions that one principal may have.
	 * @param sessionsPerAddress Number of sessions that agents of one address may have.
	 * Behind a proxy every agent has its address, unless server.forward-headers-strategy
	 * is set.
	 * @param invocationsPerPrincipal Number of invocations that all agents of one
	 * principal may have open.
	 * @param invocationsPerAddress Number of invocations that all agents of one address
	 * may have open.
	 * @param invocationsPerSecond Number of invocations that each session may begin in a
	 * second, by default any. Needs Bucket4j.
	 * @param toolInvocationsPerSecond Number of invocations of a tool that may begin in a
	 * second, all sessions together, by the name of the tool. Needs Bucket4j.
	 * @param toolThreads Number of threads of the executor that blocking tools may take.
	 * By default all that it has, if it is a pool or has a limit.
	 * @param fairTools Whether sessions and principals share the threads of blocking
	 * tools fairly, so that one session has half of them at most.
	 * @param sessionMemory Memory that one session may hold. By default a quarter of that
	 * of all, and at least 8MB.
	 * @param memory Memory that all sessions may hold. By default four tenths of the
	 * largest heap.
	 */
	public record Bounds(@DefaultValue("60000") int connections, @DefaultValue("2000") int handshakes,
			@DefaultValue("200") int handshakesPerAddress, @DefaultValue("5000") int sessionsPerPrincipal,
			@DefaultValue("5000") int sessionsPerAddress, @DefaultValue("10000") int invocationsPerPrincipal,
			@DefaultValue("10000") int invocationsPerAddress, @Nullable Integer invocationsPerSecond,
			@DefaultValue Map<String, Integer> toolInvocationsPerSecond, @Nullable Integer toolThreads,
			@DefaultValue("true") boolean fairTools, @Nullable DataSize sessionMemory, @Nullable DataSize memory) {

	}

	/**
	 * Settings of sessions.
	 *
	 * @param store Where sessions are kept. By default in Redis when
	 * spring-session-data-redis and a connection to Redis are there, else in memory.
	 * @param durability When frames for an agent become durable, if sessions are kept in
	 * Redis.
	 * @param idleTimeout Time that a session is kept without a connection.
	 * @param unconfirmedTimeout Time that a session is kept without a connection as long
	 * as its agent has sent nothing after HELLO. At most the idle timeout counts.
	 * @param maxAge Age at which a session can no longer be resumed.
	 * @param podTimeout Time without a sign of life after which a pod counts as dead, if
	 * sessions are kept in Redis. At least 1s.
	 * @param redis sessions in Redis
	 */
	public record Session(@DefaultValue("auto") Store store, @DefaultValue("strict") Durability durability,
			@DefaultValue("120s") Duration idleTimeout, @DefaultValue("10s") Duration unconfirmedTimeout,
			@DefaultValue("24h") Duration maxAge, @DefaultValue("5s") Duration podTimeout, @DefaultValue Redis redis) {

	}

	/**
	 * Where sessions are kept.
	 */
	public enum Store {

		/** In Redis when it is there, else in memory. */
		AUTO,

		/** In the memory of the process. */
		MEMORY,

		/** In Redis, for more than one pod. */
		REDIS

	}

	/**
	 * Sessions in Redis.
	 *
	 * @param namespace Prefix of all keys. Applications that share a Redis need different
	 * ones.
	 * @param eventLoopConnections Whether each event loop on which sessions run has a
	 * connection to Redis of its own, for their steps. Only with Lettuce, and with a
	 * single Redis or sentinels.
	 */
	public record Redis(@DefaultValue("agentsocket") String namespace,
			@DefaultValue("true") boolean eventLoopConnections) {

	}

	/**
	 * Observations and meters.
	 *
	 * @param enabled Whether invocations are observed and connections metered, where
	 * there is a registry.
	 * @param maxActionNames Number of names of actions, in each direction, that become
	 * values of tags. Further ones are counted as _OTHER.
	 * @param mdc Whether lines that tools write to the log have the session and the
	 * principal in the MDC.
	 * @param invocations How invocations are measured.
	 */
	public record Observation(@DefaultValue("true") boolean enabled, @DefaultValue("500") int maxActionNames,
			@DefaultValue("true") boolean mdc, @DefaultValue("auto") Invocations invocations) {

		/** Ways to measure invocations. */
		public enum Invocations {

			/** With timers when nothing else would see an observation. */
			AUTO,

			/** With observations, for traces and handlers of the application. */
			OBSERVATIONS,

			/** With timers alone, which costs least. */
			TIMERS

		}

	}

	/**
	 * Records of invocations.
	 *
	 * @param enabled Whether invocations are recorded, where there is a listener for that
	 * or a repository of audit events.
	 * @param arguments Whether arguments are recorded, redacted and cut.
	 * @param redact Parts of names of arguments whose values are not recorded, however
	 * they are written.
	 * @param exclude Names of actions that are not recorded. A name that ends with * is a
	 * beginning.
	 */
	public record Audit(@DefaultValue("true") boolean enabled, @DefaultValue("false") boolean arguments,
			@DefaultValue( {
					"password", "passphrase", "secret", "token", "credential", "apikey", "privatekey", "authorization",
					"cookie" }) List<String> redact,
			@DefaultValue({ "as.find", "as.describe", "as.subscribe" }) List<String> exclude){

	}

	/**
	 * Spring Security and agents.
	 *
	 * @param hideDenied Whether a tool is hidden from agents to
	 * whom @PreAuthorize, @Secured or @RolesAllowed denies it, as far as the rule looks
	 * at the caller only.
	 * @param closeExpired Whether the connection of an agent is closed with 4501 when the
	 * token or the certificate expires that it was authenticated with.
	 * @param allowAnonymous Whether agents are let in that the filter chain lets through
	 * without an identity and that send no token in HELLO, where there are such tokens.
	 * @param tickets tickets for agents that cannot send a token
	 */
	public record Security(@DefaultValue("true") boolean hideDenied, @DefaultValue("true") boolean closeExpired,
			@DefaultValue("false") boolean allowAnonymous, @DefaultValue Tickets tickets) {

	}

	/**
	 * Tickets for agents that cannot send a token.
	 *
	 * @param enabled Whether a POST to the path of the endpoint with /ticket behind it
	 * gives a ticket, which can be sent in place of a token in HELLO.
	 * @param ttl Time for which a ticket is valid. It can be used once.
	 */
	public record Tickets(@DefaultValue("false") boolean enabled, @DefaultValue("30s") Duration ttl) {

	}

	/**
	 * The console.
	 *
	 * @param enabled Whether a web page at the path of the endpoint with /console behind
	 * it shows the actions and calls them. On by default with the developer tools.
	 */
	public record Console(@DefaultValue("false") boolean enabled) {

	}

	/**
	 * The bridge to Spring AI.
	 *
	 * @param offerTools Whether methods with Spring AI's @Tool and beans of type
	 * ToolCallback become actions of this application.
	 * @param sideBySide Whether the calls of one reply of a model run side by side, by a
	 * ToolCallingManager of Agent Socket in place of Spring AI's own.
	 * @param provider Whether there is a bean agentSocketToolCallbackProvider with the
	 * tools of the server. It is injected only by its name.
	 */
	public record SpringAi(@DefaultValue("false") boolean offerTools, @DefaultValue("false") boolean sideBySide,
			@DefaultValue("false") boolean provider) {

	}

	/**
	 * Limits of the server as a receiver.
	 *
	 * @param message Largest WebSocket message, at least 8KB.
	 * @param frame Largest frame, header included.
	 * @param item Largest payload, assembled from its parts. A larger value than the
	 * default also holds for sent payloads.
	 * @param assembly All unfinished payloads of a session together.
	 * @param streams Number of invocations that a client may have open at once.
	 * @param items Number of items that a client may send on a stream before it needs
	 * credit.
	 * @param window Bytes that a client may have sent without being acknowledged, and the
	 * most that is kept for a client, whatever it declares. At least two frames and 32KB.
	 * @param aliases Number of aliases that a client may define.
	 * @param name Longest name.
	 * @param metadata Largest metadata of a frame.
	 * @param depth Deepest nesting of a payload. Also holds for the client.
	 */
	public record Limits(@DefaultValue("64KB") DataSize message, @DefaultValue("16KB") DataSize frame,
			@DefaultValue("1MB") DataSize item, @DefaultValue("4MB") DataSize assembly,
			@DefaultValue("1024") int streams, @DefaultValue("32") int items, @DefaultValue("256KB") DataSize window,
			@DefaultValue("1024") int aliases, @DefaultValue("128B") DataSize name,
			@DefaultValue("4KB") DataSize metadata, @DefaultValue("32") int depth) {

	}

	/**
	 * Settings that all functions share.
	 *
	 * @param enabled Whether functions are used.
	 * @param callback the way back from functions
	 */
	public record Relay(@DefaultValue("true") boolean enabled, @DefaultValue Callback callback) {

	}

	/**
	 * The way back from functions.
	 *
	 * @param url Address under which functions reach the pods, without the path. Without
	 * it functions cannot push.
	 * @param path Path of the endpoint to which functions push, relative to
	 * spring.webflux.base-path, in a servlet application to the context path.
	 * @param secret Secret that signs the tokens of functions, at least 32 characters,
	 * the same in all pods. By default each pod makes one, which is enough for a single
	 * pod.
	 * @param ttl Time that a token is valid.
	 */
	public record Callback(@Nullable URI url, @DefaultValue("/agentsocket/functions") String path,
			@Nullable String secret, @DefaultValue("15m") Duration ttl) {

		/** Does not show the secret. */
		@Override
		public String toString() {
			return "Callback[url=" + this.url + "]";
		}

	}

}
