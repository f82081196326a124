package io.agentsocket.function;

import java.security.Principal;
import java.util.Map;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentInfo;
import org.jspecify.annotations.Nullable;

/**
 * A verified request, as it was read. Members of another type than expected count as
 * absent. Implements section 2.2 of {@code docs/function-protocol.md}.
 *
 * @param body the members
 */
record InvokeRequest(Map<String, Object> body) {

	/** Version of the protocol. */
	static final int VERSION = 1;

	/** Time for an invocation whose relay tells none: its default. */
	private static final long TIMEOUT = 120_000;

	/** The longest time that any platform gives. */
	private static final long MAX_TIMEOUT = 3_600_000;

	/** Bytes of the longest name, here and at a relay. */
	static final int MAX_NAME = 128;

	boolean isKnownVersion() {
		return this.body.get("v") instanceof Number version && version.longValue() == VERSION;
	}

	String type() {
		String type = text(this.body.get("type"));
		return (type != null) ? type : "";
	}

	/** The name; {@code null} as well when it is longer than any name may be. */
	@Nullable String action() {
		String name = text(this.body.get("action"));
		return (name != null && Bytes.utf8(name).length() <= MAX_NAME) ? name : null;
	}

	Map<String, Object> arguments() {
		return map(this.body.get("arguments"));
	}

	String session() {
		String id = text(map(this.body.get("session")).get("id"));
		return (id != null) ? id : "";
	}

	AgentInfo agent() {
		Map<String, Object> agent = map(map(this.body.get("session")).get("agent"));
		String name = text(agent.get("name"));
		String version = text(agent.get("version"));
		return new AgentInfo((name != null) ? name : "", (version != null) ? version : "");
	}

	@Nullable Principal principal() {
		Map<String, Object> principal = map(this.body.get("principal"));
		String name = text(principal.get("name"));
		return (name != null) ? new FunctionPrincipal(name, map(principal.get("claims"))) : null;
	}

	/** Milliseconds that are left. */
	long timeout() {
		long given = number(this.body.get("timeoutMs"), TIMEOUT);
		return Math.max(1, Math.min(given, MAX_TIMEOUT));
	}

	@Nullable String idempotencyKey() {
		String key = text(this.body.get("idempotencyKey"));
		return (key != null && !key.isEmpty() && key.length() <= 64) ? key : null;
	}

	String codec() {
		String codec = text(this.body.get("codec"));
		return (codec != null) ? codec : "";
	}

	/** The state, or {@code null} when the action is declared to have none. */
	@Nullable Map<String, Object> state() {
		return (this.body.get("state") instanceof Map<?, ?>) ? map(this.body.get("state")) : null;
	}

	@Nullable String continuation() {
		return text(this.body.get("continuation"));
	}

	/** The answer to the last question. */
	Map<String, Object> answer() {
		return map(this.body.get("answer"));
	}

	/** Bytes of the largest item. */
	int item() {
		long item = number(map(this.body.get("limits")).get("item"), Limits.CLIENT.item());
		return (int) Math.max(1024, Math.min(item, 1 << 24));
	}

	private static long number(@Nullable Object value, long otherwise) {
		return (value instanceof Number number) ? number.longValue() : otherwise;
	}

	private static @Nullable String text(@Nullable Object value) {
		return (value instanceof String text) ? text : null;
	}

	@SuppressWarnings("unchecked")
	static Map<String, Object> map(@Nullable Object value) {
		// Keys of decoded maps are texts.
		return (value instanceof Map<?, ?> map) ? (Map<String, Object>) map : Map.of();
	}

}
