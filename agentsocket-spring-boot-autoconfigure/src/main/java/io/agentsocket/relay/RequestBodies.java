package io.agentsocket.relay;

import java.net.URI;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.relay.answer.PushReader;
import io.agentsocket.relay.push.Callbacks;
import io.agentsocket.relay.transport.FunctionRequest;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;

/**
 * Writes the requests of one invocation. Implements section 2 of
 * {@code docs/function-protocol.md}.
 */
final class RequestBodies {

	/** Bytes of a request. */
	static final int MAX_BODY = 1024 * 1024;

	private final FunctionRelay relay;

	private final RelayedAction action;

	private final AgentExchange exchange;

	private final Map<String, Object> fixed = new LinkedHashMap<>();

	private final String invocation;

	/** When the function can push no more, in seconds since 1970. */
	private long pushable;

	/**
	 * Create bodies.
	 * @param item bytes of the largest item of an answer
	 * @param invocation id of the invocation
	 */
	RequestBodies(FunctionRelay relay, RelayedAction action, AgentExchange exchange, int item, String invocation) {
		this.relay = relay;
		this.action = action;
		this.exchange = exchange;
		AgentSession session = exchange.session();
		this.invocation = invocation;
		this.fixed.put("v", 1);
		this.fixed.put("type", "invoke");
		this.fixed.put("function", relay.settings().name());
		this.fixed.put("invocation", this.invocation);
		this.fixed.put("action", exchange.action().name());
		this.fixed.put("arguments",
				exchange.arguments().isEmpty() ? Map.of() : exchange.codec().decodeMap(exchange.arguments()));
		this.fixed.put("session", session(session));
		this.fixed.put("principal", principal(exchange.principal()));
		this.fixed.put("result", action.descriptor().result().name().toLowerCase(Locale.ROOT));
		this.fixed.put("codec", exchange.codec().name());
		if (exchange.idempotencyKey() != null) {
			this.fixed.put("idempotencyKey", exchange.idempotencyKey());
		}
		this.fixed.put("limits", Map.of("frame", Answers.maxFrame(item), "item", item, "state", StateDocument.MAX_SIZE,
				"push", PushReader.MAX_BODY));
	}

	/** A new id of an invocation. */
	static String newInvocation(AgentSession session) {
		return session.id() + "." + WebhookSignature.newId().substring(4);
	}

	String invocation() {
		return this.invocation;
	}

	/** When the function can push to the invocation no more: its latest token expires. */
	Instant pushableUntil() {
		return Instant.ofEpochSecond(this.pushable);
	}

	/** The agent has answered a question. */
	void answered(String continuation, Map<String, Object> answer) {
		this.fixed.put("continuation", continuation);
		this.fixed.put("answer", answer);
	}

	static Map<String, Object> session(AgentSession session) {
		AgentInfo agent = session.agent();
		return Map.of("id", session.id(), "agent", Map.of("name", agent.name(), "version", agent.version()));
	}

	private @Nullable Map<String, Object> principal(@Nullable Principal principal) {
		if (principal == null) {
			return null;
		}
		return Map.of("name", principal.getName(), "claims",
				this.relay.claims().of(principal, this.relay.settings().claims()));
	}

	FunctionRequest request(int attempt, StateDocument document, Duration total) {
		Map<String, Object> body = new LinkedHashMap<>(this.fixed);
		body.put("attempt", attempt);
		body.put("timeoutMs", total.toMillis());
		if (this.action.access() != StateAccess.NONE) {
			body.put("state", document.visible(this.action.keys()));
		}
		Callbacks callbacks = this.relay.callbacks();
		if (callbacks != null) {
			this.pushable = callbacks.expiry();
			body.put("callback", callbacks.describe(this.exchange.session().id(), this.relay.settings().name(),
					this.invocation, this.exchange.action().name()));
		}
		Bytes bytes = this.relay.codecs().json().encodeMap(body);
		if (bytes.length() > MAX_BODY) {
			throw new ActionException(ErrorCode.TOO_LARGE, "The arguments are too large for the function").notRun();
		}
		Map<String, String> extra = new LinkedHashMap<>();
		extra.put("as-timeout-ms", String.valueOf(total.toMillis()));
		extra.put("as-attempt", String.valueOf(attempt));
		if (this.exchange.traceparent() != null) {
			extra.put("traceparent", this.exchange.traceparent());
		}
		return request(this.relay, this.action.url(), "invoke", extra, bytes, total);
	}

	/** A signed request of any type. */
	static FunctionRequest request(FunctionRelay relay, URI url, String type, Map<String, String> extra, Bytes body,
			Duration total) {
		FunctionSettings settings = relay.settings();
		Map<String, String> headers = new LinkedHashMap<>(settings.headers());
		headers.putAll(extra);
		String id = WebhookSignature.newId();
		long now = Instant.now().getEpochSecond();
		headers.put("content-type", "application/json");
		headers.put("accept", Answers.FRAMES + ", " + Answers.ENVELOPE + ", */*;q=0.5");
		headers.put("webhook-id", id);
		headers.put("webhook-timestamp", String.valueOf(now));
		if (relay.signature().isPresent()) {
			headers.put("webhook-signature", relay.signature().sign(id, now, body));
		}
		headers.put("ce-specversion", "1.0");
		headers.put("ce-type", "io.agentsocket." + type + ".v1");
		headers.put("ce-source", "/agentsocket/" + settings.name());
		headers.put("ce-id", id);
		return new FunctionRequest(url, headers, body, settings.times().firstByte(), settings.times().idle(), total);
	}

}
