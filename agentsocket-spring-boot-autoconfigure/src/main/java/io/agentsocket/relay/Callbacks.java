package io.agentsocket.relay;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * The way back from functions: which invocations may be pushed to, and how a push reaches
 * the pod that runs one. Thread-safe. Implements section 10 of
 * {@code docs/function-protocol.md}.
 */
final class Callbacks {

	private static final Log logger = PrintableLog.of(Callbacks.class);

	/** How long another pod may take to answer. */
	private static final Duration PATIENCE = Duration.ofSeconds(5);

	static final int UNAVAILABLE = 503;

	private final CallbackTokens tokens;

	private final String base;

	private final PodChannel channel;

	private final OpenInvocations invocations = new OpenInvocations();

	private final PushReader reader;

	private final RelayCodecs codecs;

	private final Scheduler timer;

	/** Pushes that other pods have not answered yet. */
	private final Map<String, MonoSink<Integer>> asked = new ConcurrentHashMap<>();

	/**
	 * Create callbacks.
	 * @param base address under which functions reach the pods
	 */
	Callbacks(CallbackTokens tokens, URI base, PodChannel channel, RelayCodecs codecs, Scheduler timer) {
		this.tokens = tokens;
		this.base = base.toString().replaceAll("/+$", "");
		this.channel = channel;
		this.codecs = codecs;
		this.reader = new PushReader(codecs);
		this.timer = timer;
		channel.onMessage(this::receive);
	}

	CallbackTokens tokens() {
		return this.tokens;
	}

	OpenInvocations invocations() {
		return this.invocations;
	}

	PushReader reader() {
		return this.reader;
	}

	/** The member {@code callback} of a request. */
	Map<String, Object> describe(String session, String function, String invocation, String action) {
		CallbackTokens.Grant grant = new CallbackTokens.Grant(session, function, invocation, action, this.channel.pod(),
				CallbackTokens.SCOPES, this.tokens.expiry());
		Map<String, Object> told = new LinkedHashMap<>();
		told.put("url", this.base + "/sessions/" + session + "/frames");
		told.put("token", this.tokens.issue(grant));
		told.put("expiresAt", grant.expiry());
		told.put("scope", List.copyOf(new TreeSet<>(grant.scopes())));
		return told;
	}

	/**
	 * Bring a push to the pod that runs its invocation.
	 * @return the status of the answer
	 */
	Mono<Integer> push(CallbackTokens.Grant grant, AnswerHead head, Bytes body, List<AnswerPart> parts) {
		if (grant.pod().equals(this.channel.pod())) {
			return Mono.fromSupplier(() -> this.invocations.push(grant.invocation(), parts, body.length()));
		}
		if (!this.channel.isAlive(grant.pod())) {
			return Mono.just(OpenInvocations.CONFLICT);
		}
		String id = WebhookSignature.newId();
		Map<String, Object> message = new LinkedHashMap<>();
		message.put("id", id);
		message.put("from", this.channel.pod());
		message.put("invocation", grant.invocation());
		message.put("type", (head.contentType() != null) ? head.contentType() : "");
		message.put("body", body.toArray());
		return Mono.<Integer>create((sink) -> {
			this.asked.put(id, sink);
			sink.onDispose(() -> this.asked.remove(id));
			sink.onCancel(
					this.channel.send(grant.pod(), this.codecs.json().encodeMap(message)).subscribe(null, sink::error));
		}).timeout(PATIENCE, Mono.just(UNAVAILABLE), this.timer).onErrorReturn(UNAVAILABLE);
	}

	/** A push that came to another pod, or the answer to one that came here. */
	private void receive(Bytes message) {
		try {
			Map<String, Object> map = this.codecs.json().decodeMap(message);
			String id = String.valueOf(map.get("id"));
			if (map.get("status") instanceof Number status) {
				MonoSink<Integer> sink = this.asked.get(id);
				if (sink != null) {
					sink.success(status.intValue());
				}
				return;
			}
			int status = read(map);
			String from = String.valueOf(map.get("from"));
			this.channel.send(from, this.codecs.json().encodeMap(Map.of("id", id, "status", status)))
				.subscribe(null, (error) -> logger.debug("The answer to a push did not reach " + from, error));
		}
		catch (RuntimeException ex) {
			logger.warn("A message of another relay cannot be read", ex);
		}
	}

	private int read(Map<String, Object> map) {
		try {
			AnswerHead head = new AnswerHead(200, String.valueOf(map.get("type")), null, null);
			Bytes body = Bytes.of(Envelopes.binary(map.get("body")));
			List<AnswerPart> parts = this.reader.read(head, body, RequestBodies.MAX_BODY);
			return this.invocations.push(String.valueOf(map.get("invocation")), parts, body.length());
		}
		catch (FunctionFailure ex) {
			return OpenInvocations.BAD_REQUEST;
		}
	}

}
