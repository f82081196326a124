package io.agentsocket.relay.push;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjIntConsumer;

import io.agentsocket.codec.Codec;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.relay.answer.IncomingPush;
import io.agentsocket.relay.answer.PushReader;
import io.agentsocket.relay.answer.RequestReader;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;

/**
 * Takes what functions push: {@code POST .../sessions/{id}/frames} with the token of an
 * invocation. Thread-safe. Implements section 10 of {@code docs/function-protocol.md}.
 */
public final class CallbackWebHandler implements WebHandler {

	private static final Log logger = PrintableLog.of(CallbackWebHandler.class);

	private static final String BEARER = "bearer ";

	private static final String SESSIONS = "/sessions/";

	private static final String FRAMES = "/frames";

	private static final int MAX_KEY = 64;

	private final Callbacks callbacks;

	private final Pushes pushes;

	private final ObjIntConsumer<String> answered;

	private final Codec json;

	private final RequestReader reader;

	/**
	 * Create a handler.
	 * @param callbacks knows the tokens and holds bodies while they come
	 * @param pushes applies them
	 * @param answered hears of each push: the name of the function, empty when that is
	 * not known, and the status of the answer
	 * @param json writes answers
	 * @param bodyTimeout time for a whole body
	 */
	public CallbackWebHandler(Callbacks callbacks, Pushes pushes, ObjIntConsumer<String> answered, Codec json,
			Duration bodyTimeout) {
		this.callbacks = callbacks;
		this.pushes = pushes;
		this.answered = answered;
		this.json = json;
		this.reader = new RequestReader(PushReader.MAX_BODY, bodyTimeout);
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		ServerHttpRequest request = exchange.getRequest();
		CallbackTokens.Grant grant = this.callbacks.tokens().check(token(request));
		return answer(exchange, grant).onErrorResume((error) -> {
			logger.warn("A push cannot be answered: " + error);
			return Mono.just(PushAnswer.refused(PodCalls.UNAVAILABLE, "The push cannot be answered"));
		}).flatMap((answer) -> {
			this.answered.accept((grant != null) ? grant.function() : "", answer.status());
			if (logger.isDebugEnabled() && !answer.isAccepted()) {
				logger.debug("A push was refused with " + answer.status() + ": " + answer.detail());
			}
			return write(exchange.getResponse(), answer);
		});
	}

	private static @Nullable String token(ServerHttpRequest request) {
		java.util.List<String> headers = request.getHeaders().getOrEmpty(HttpHeaders.AUTHORIZATION);
		if (headers.size() != 1 || !headers.get(0).regionMatches(true, 0, BEARER, 0, BEARER.length())) {
			return null;
		}
		return headers.get(0).substring(BEARER.length()).strip();
	}

	private Mono<PushAnswer> answer(ServerWebExchange exchange, CallbackTokens.@Nullable Grant grant) {
		ServerHttpRequest request = exchange.getRequest();
		if (request.getMethod() != HttpMethod.POST) {
			return refuse(request, 405, "A push is a POST");
		}
		if (grant == null) {
			return refuse(request, 401, "The token is missing, forged or expired");
		}
		if (!grant.session().equals(session(request.getPath().pathWithinApplication().value()))) {
			return refuse(request, 404, "The token knows no such session");
		}
		String type = request.getHeaders().getFirst(HttpHeaders.CONTENT_TYPE);
		AnswerHead head = new AnswerHead(200, type, null, null);
		if (!Set.of("application/json", Answers.FRAMES).contains(head.mediaType())) {
			return refuse(request, 415, "A push is application/json or " + Answers.FRAMES);
		}
		String key = request.getHeaders().getFirst("idempotency-key");
		if (key != null && (key.isEmpty() || key.length() > MAX_KEY)) {
			return refuse(request, 400, "An idempotency-key has 1 to 64 characters");
		}
		return Mono
			.using(this.callbacks::incoming, (taken) -> this.reader.read(request.getBody(), taken), IncomingPush::close)
			.flatMap((body) -> this.pushes.accept(grant, head, body, key))
			.onErrorResume(RequestReader.UnreadException.class,
					(error) -> Mono.just(PushAnswer.refused(error.status(), error.detail())));
	}

	private Mono<PushAnswer> refuse(ServerHttpRequest request, int status, String detail) {
		return this.reader.skip(request.getBody()).thenReturn(PushAnswer.refused(status, detail));
	}

	/** The session in the path; empty when there is none. */
	private static String session(String path) {
		int begin = path.lastIndexOf(SESSIONS);
		boolean fits = begin >= 0 && path.endsWith(FRAMES)
				&& begin + SESSIONS.length() < path.length() - FRAMES.length();
		return fits ? path.substring(begin + SESSIONS.length(), path.length() - FRAMES.length()) : "";
	}

	private Mono<Void> write(ServerHttpResponse response, PushAnswer answer) {
		response.setStatusCode(HttpStatusCode.valueOf(answer.status()));
		if (answer.retryAfter() != null) {
			response.getHeaders().set(HttpHeaders.RETRY_AFTER, String.valueOf(answer.retryAfter()));
		}
		if (answer.status() == 401) {
			response.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
		}
		if (answer.status() == 405) {
			response.getHeaders().setAllow(Set.of(HttpMethod.POST));
		}
		Map<String, Object> body = answer.isAccepted() ? Map.of("status", answer.detail())
				: Map.of("status", answer.status(), "detail", answer.detail());
		response.getHeaders()
			.setContentType(answer.isAccepted() ? MediaType.APPLICATION_JSON : MediaType.APPLICATION_PROBLEM_JSON);
		byte[] bytes = this.json.encodeMap(body).toUtf8().getBytes(StandardCharsets.UTF_8);
		return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(bytes)));
	}

}
