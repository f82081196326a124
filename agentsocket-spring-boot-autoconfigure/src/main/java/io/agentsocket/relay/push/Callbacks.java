package io.agentsocket.relay.push;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.IncomingPush;
import io.agentsocket.relay.answer.Payloads;
import io.agentsocket.relay.answer.PushReader;
import io.agentsocket.relay.answer.RelayCodecs;
import io.agentsocket.relay.answer.RelayMemory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The way back from functions: which invocations may be pushed to, and how a push reaches
 * the pod that runs one. Thread-safe. Implements section 10 of
 * {@code docs/function-protocol.md}.
 */
public final class Callbacks {

	/**
	 * Forms in which a push to another pod is held until that has answered: as it came,
	 * as a copy, and in a message in base64.
	 */
	private static final int FORMS = 3;

	private final CallbackTokens tokens;

	private final String base;

	private final RelayMemory memory;

	private final PodCalls pods;

	private final OpenInvocations invocations;

	private final PushReader reader;

	/**
	 * Changes the actions of sessions for other pods; null until there is a way to them.
	 */
	private volatile @Nullable Function<Map<String, Object>, Mono<Integer>> announcer;

	/**
	 * Create callbacks.
	 * @param base address under which functions reach the pods
	 * @param memory holds pushes that come, or wait for their agents
	 */
	public Callbacks(CallbackTokens tokens, URI base, PodChannel channel, RelayCodecs codecs, RelayMemory memory,
			Scheduler timer) {
		this.tokens = tokens;
		this.base = base.toString().replaceAll("/+$", "");
		this.memory = memory;
		this.invocations = new OpenInvocations(memory);
		this.pods = new PodCalls(channel, codecs.json(), timer, this::receive);
		this.reader = new PushReader(codecs);
	}

	CallbackTokens tokens() {
		return this.tokens;
	}

	public OpenInvocations invocations() {
		return this.invocations;
	}

	/** Counts a push while it comes. */
	IncomingPush incoming() {
		return this.memory.begin();
	}

	public PushReader reader() {
		return this.reader;
	}

	/** When a token that is issued now expires at the earliest, in seconds since 1970. */
	public long expiry() {
		return this.tokens.expiry();
	}

	/** The member {@code callback} of a request. */
	public Map<String, Object> describe(String session, String function, String invocation, String action) {
		CallbackTokens.Grant grant = new CallbackTokens.Grant(session, function, invocation, action, this.pods.pod(),
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
	 * @param key its idempotency key, or {@code null}
	 * @return the status of the answer
	 */
	public Mono<Integer> push(CallbackTokens.Grant grant, AnswerHead head, Bytes body, List<AnswerPart> parts,
			@Nullable String key) {
		if (grant.pod().equals(this.pods.pod())) {
			return Mono.fromSupplier(() -> this.invocations.push(grant.invocation(), key, parts, body.length()));
		}
		if (!this.pods.isAlive(grant.pod())) {
			return Mono.just(OpenInvocations.CONFLICT);
		}
		return Mono.using(this.memory::begin, (held) -> held.take(FORMS * body.length())
				? pushThere(grant, head, body, key) : Mono.just(OpenInvocations.TOO_MANY), IncomingPush::close);
	}

	private Mono<Integer> pushThere(CallbackTokens.Grant grant, AnswerHead head, Bytes body, @Nullable String key) {
		Map<String, Object> request = new LinkedHashMap<>();
		request.put("invocation", grant.invocation());
		request.put("type", (head.contentType() != null) ? head.contentType() : "");
		request.put("body", body.toArray());
		if (key != null) {
			request.put("key", key);
		}
		return this.pods.ask(grant.pod(), request);
	}

	/** The way to the other pods. */
	public PodCalls pods() {
		return this.pods;
	}

	/** Set how the actions of sessions are changed for other pods. */
	public void announcer(Function<Map<String, Object>, Mono<Integer>> changing) {
		this.announcer = changing;
	}

	private Mono<Integer> receive(Map<String, Object> request) {
		if (request.containsKey("invocation")) {
			return Mono.fromSupplier(() -> read(request));
		}
		Function<Map<String, Object>, Mono<Integer>> changing = this.announcer;
		return (changing != null) ? changing.apply(request) : Mono.just(PodCalls.UNAVAILABLE);
	}

	private int read(Map<String, Object> map) {
		try {
			AnswerHead head = new AnswerHead(200, String.valueOf(map.get("type")), null, null);
			Bytes body = Bytes.of(Payloads.binary(map.get("body")));
			List<AnswerPart> parts = this.reader.read(head, body, PushReader.MAX_BODY);
			String key = (map.get("key") instanceof String text) ? text : null;
			return this.invocations.push(String.valueOf(map.get("invocation")), key, parts, body.length());
		}
		catch (FunctionFailure ex) {
			return OpenInvocations.BAD_REQUEST;
		}
	}

}
