package io.agentsocket.mcp;

import java.security.Principal;
import java.time.Duration;

import io.agentsocket.action.Action;
import io.agentsocket.codec.Codec;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.DirectCalls;
import io.agentsocket.server.UpgradeAttempt;
import io.agentsocket.server.bounds.Addresses;
import io.agentsocket.session.AgentInfo;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.http.HttpHeaders;

/**
 * Answers requests of MCP: the tools are the actions that all sessions are offered.
 * Thread-safe.
 */
public final class McpEndpoint implements AutoCloseable {

	private static final Log logger = PrintableLog.of(McpEndpoint.class);

	/** Bytes that a client has the time of a body for. */
	private static final int MEBIBYTE = 1024 * 1024;

	private final DirectCalls server;

	private final McpSettings settings;

	private final CallerPolicy policy;

	private final RpcReader reader;

	private final ToolCatalog tools;

	private final CatalogSubscriptions subscriptions;

	private final McpCalls calls;

	private final RetryPost post;

	private final Bytes about;

	/**
	 * Create an endpoint.
	 * @param server the part of the server that calls need
	 * @param codec reads arguments and writes results, as JSON
	 * @param settings how callers are treated
	 * @param policy which pages may call
	 */
	public McpEndpoint(DirectCalls server, Codec codec, McpSettings settings, CallerPolicy policy) {
		this.server = server;
		this.settings = settings;
		this.policy = policy;
		this.reader = new RpcReader(settings.depth());
		this.subscriptions = new CatalogSubscriptions(settings.maxStreams(), settings.keepAlive());
		this.tools = new ToolCatalog(server, codec, this.subscriptions::changed);
		RequestStates states = new RequestStates(settings.parkedTimeout(), () -> server.mail().pod(),
				System::currentTimeMillis);
		this.calls = new McpCalls(new CallContext(server, codec, settings, new QuestionForms(codec),
				new ParkedCalls(states, codec, settings.maxParked(), settings.parkedTimeout(), Schedulers.parallel()),
				new RunningCalls(Schedulers.parallel())));
		this.post = new RetryPost(server.mail(), this.calls, this.calls.carried());
		this.about = new JsonBytes(128).raw("{\"name\":")
			.text(settings.name())
			.raw(",\"version\":")
			.text(settings.version())
			.raw("}")
			.bytes();
	}

	/**
	 * Bytes of a body, beyond which it is not read.
	 * @return how many
	 */
	public int maxRequest() {
		return this.settings.maxRequest();
	}

	/**
	 * Time in which a client takes a result: a third of a megabit per second, as for
	 * {@linkplain #body() bodies}.
	 * @return the time for the largest result
	 */
	public Duration writeTimeout() {
		return RequestBody.TIMEOUT.multipliedBy(1 + this.settings.maxResult() / MEBIBYTE);
	}

	/**
	 * Begin to read the body of a request.
	 * @return to be closed when the body is there, or is not waited for any more
	 */
	public RequestBody body() {
		return new RequestBody(this.server.incoming(), maxRequest(), RequestBody.TIMEOUT);
	}

	/**
	 * The work of the endpoint at this moment.
	 * @return a snapshot
	 */
	public McpLoad load() {
		return this.calls.load(this.subscriptions.size());
	}

	/**
	 * Look at the head of a request, before its body is read.
	 * @param head its method, headers and addresses
	 * @return the answer to a request that is not taken, or {@code null}
	 */
	public @Nullable McpAnswer refusal(UpgradeAttempt head) {
		if (!this.policy.allows(head)) {
			logger.debug("Refused a request of a foreign origin or host name");
			return McpAnswer.error(new RpcError(403, RpcError.INVALID_REQUEST, "The origin or host is not allowed"),
					Bytes.EMPTY);
		}
		if (!head.method().equals("POST")) {
			return McpAnswer.empty(405, HttpHeaders.ALLOW, "POST");
		}
		HttpHeaders headers = head.headers();
		if (!HeaderRules.isJson(headers.getFirst(HttpHeaders.CONTENT_TYPE))) {
			return McpAnswer.error(new RpcError(415, RpcError.INVALID_REQUEST, "The body has to be application/json"),
					Bytes.EMPTY);
		}
		if (!HeaderRules.accepts(headers, "application/json", "application/*")) {
			return McpAnswer.error(
					new RpcError(406, RpcError.INVALID_REQUEST, "Answers are application/json and text/event-stream"),
					Bytes.EMPTY);
		}
		if (headers.getContentLength() > maxRequest()) {
			return RequestBody.tooLarge(maxRequest());
		}
		return null;
	}

	/**
	 * Answer a request that {@link #refusal} has let through.
	 * @param request the request
	 * @return the answer; never fails
	 */
	public Mono<McpAnswer> answer(McpRequest request) {
		RpcMessage message = new RpcMessage();
		try {
			this.reader.read(message, request.body());
			Revision revision = HeaderRules.revision(request.head().headers(), message);
			return answer(request, message, revision);
		}
		catch (RpcError ex) {
			return Mono.just(McpAnswer.error(ex, message.id));
		}
		catch (RuntimeException ex) {
			return Mono.just(internal(ex, message));
		}
	}

	private static McpAnswer internal(RuntimeException error, RpcMessage message) {
		logger.error("A request of MCP has failed", error);
		return McpAnswer.error(new RpcError(500, RpcError.INTERNAL, "Internal error"), message.id);
	}

	private Mono<McpAnswer> answer(McpRequest request, RpcMessage message, Revision revision) {
		if (message.isNotification()) {
			return Mono.just(McpAnswer.empty(202));
		}
		Bytes members = switch (message.method) {
			case "initialize" -> revision.isStateless() ? null : initialized(revision);
			case "ping" -> revision.isStateless() ? null : Bytes.EMPTY;
			case "server/discover" -> discovered();
			case "tools/list" -> this.tools.list(session(request, message), revision, message.cursor);
			default -> null;
		};
		if (members != null) {
			return Mono.just(McpAnswer.json(200, response(message.id, revision, members)));
		}
		if (message.method.equals("tools/call")) {
			return call(request, message, revision);
		}
		if (message.method.equals("subscriptions/listen") && revision.isStateless()) {
			return Mono.just(listen(request, message));
		}
		throw new RpcError(revision.isStateless() ? 404 : 200, RpcError.METHOD_NOT_FOUND, "Method not found");
	}

	private Bytes response(Bytes id, Revision revision, Bytes members) {
		JsonBytes all = new JsonBytes(members.length() + 160).raw(members);
		if (revision.isStateless()) {
			all.raw(",\"_meta\":{\"io.modelcontextprotocol/serverInfo\":").raw(this.about).raw("}");
		}
		return RpcWriter.response(id, revision, all.bytes());
	}

	private Bytes initialized(Revision revision) {
		return about(new JsonBytes(256)
			.raw("\"protocolVersion\":\"" + revision.version() + "\",\"capabilities\":{\"tools\":{}},\"serverInfo\":")
			.raw(this.about));
	}

	private Bytes discovered() {
		return about(new JsonBytes(256).raw("\"supportedVersions\":" + Revision.list()
				+ ",\"capabilities\":{\"tools\":{\"listChanged\":true}},\"ttlMs\":60000,\"cacheScope\":\"public\""));
	}

	private Bytes about(JsonBytes json) {
		String instructions = this.settings.instructions();
		return ((instructions != null) ? json.raw(",\"instructions\":").text(instructions) : json).bytes();
	}

	private McpSession session(McpRequest request, RpcMessage message) {
		return new McpSession(principal(request), Addresses.key(request.head().remoteAddress()),
				new AgentInfo(message.meta.clientName, message.meta.clientVersion));
	}

	private @Nullable Principal principal(McpRequest request) {
		Principal principal = request.principal();
		return (principal == null || this.server.identities().isAnonymous(principal)) ? null : principal;
	}

	private McpAnswer listen(McpRequest request, RpcMessage message) {
		if (!streams(request)) {
			throw new RpcError(406, RpcError.INVALID_REQUEST, "A subscription is answered with text/event-stream");
		}
		return this.subscriptions.open(message, session(request, message).caller(),
				this.server.lasts(principal(request)));
	}

	private static boolean streams(McpRequest request) {
		return HeaderRules.accepts(request.head().headers(), "text/event-stream", "text/*");
	}

	private Mono<McpAnswer> call(McpRequest request, RpcMessage message, Revision revision) {
		String name = message.name;
		if (name == null) {
			throw RpcError.invalidParams("\"name\" is missing");
		}
		if (this.server.isDraining()) {
			throw new RpcError(503, RpcError.UNAVAILABLE, "The server leaves and takes no further call");
		}
		McpSession session = session(request, message);
		Action action = this.tools.find(name, session);
		if (action == null) {
			throw RpcError.invalidParams("Unknown tool: " + name);
		}
		return Mono.create((sink) -> {
			Reply reply = new HttpReply(message, revision, streams(request), sink, this.settings.keepAlive());
			try {
				if (message.requestState != null && revision.isStateless()) {
					this.calls.resume(RequestStates.parse(message.requestState), action, message, session, reply);
				}
				else {
					this.calls.begin(action, session, message, reply,
							Context.of(this.server.identities().invocations(request.context(), session.principal())));
				}
			}
			catch (RpcError ex) {
				reply.error(ex);
			}
			catch (RuntimeException ex) {
				sink.success(internal(ex, message));
			}
		});
	}

	/** End calls that wait for clients that cannot come back: the web server leaves. */
	public void leave() {
		this.subscriptions.close();
		this.calls.leave();
	}

	/** End all calls and subscriptions. */
	@Override
	public void close() {
		this.tools.close();
		this.subscriptions.close();
		this.calls.close();
		this.post.close();
	}

}
