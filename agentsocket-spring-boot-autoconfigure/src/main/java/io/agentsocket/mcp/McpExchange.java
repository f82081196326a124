package io.agentsocket.mcp;

import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Optional;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.Question;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.ReplacedArguments;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The call of a tool as its action sees it. Thread-safe.
 */
final class McpExchange implements AgentExchange {

	private static final Log logger = PrintableLog.of(McpExchange.class);

	private final CallerSide caller;

	private final Action action;

	private final McpSession session;

	private final Codec codec;

	private final RpcMessage message;

	private final QuestionSender questionSender;

	private final @Nullable Instant deadline;

	private final Sinks.Empty<Void> stop = Sinks.empty();

	private @Nullable ActionCatalog actions;

	private volatile @Nullable CodecException misfit;

	McpExchange(CallerSide caller, Action action, McpSession session, Codec codec, RpcMessage message,
			QuestionSender questionSender, @Nullable Instant deadline) {
		this.caller = caller;
		this.action = action;
		this.session = session;
		this.codec = codec;
		this.message = message;
		this.questionSender = questionSender;
		this.deadline = deadline;
	}

	/** The call is over. */
	void ended() {
		this.session.ended();
		this.stop.tryEmitEmpty();
	}

	/** Whether an error says that the arguments do not fit, and nothing else. */
	boolean isMisfit(CodecException error) {
		return error == this.misfit;
	}

	@Override
	public Action action() {
		return this.action;
	}

	@Override
	public McpSession session() {
		return this.session;
	}

	@Override
	public Optional<Instant> deadline() {
		return Optional.ofNullable(this.deadline);
	}

	@Override
	public @Nullable String idempotencyKey() {
		return this.message.meta.callKey;
	}

	@Override
	public @Nullable String traceparent() {
		return this.message.meta.traceparent;
	}

	@Override
	public Bytes arguments() {
		return this.message.arguments;
	}

	@Override
	public <T> @Nullable T arguments(Type type) {
		try {
			return AgentExchange.super.arguments(type);
		}
		catch (CodecException ex) {
			this.misfit = ex;
			throw ex;
		}
	}

	@Override
	public AgentExchange withArguments(@Nullable Object arguments) {
		return new ReplacedArguments(this, arguments);
	}

	@Override
	public Codec codec() {
		return this.codec;
	}

	@Override
	public <T> Flux<T> inbound(Class<T> type) {
		return Flux.empty();
	}

	@Override
	public boolean isStopRequested() {
		return false;
	}

	@Override
	public Mono<Void> stopRequested() {
		return this.stop.asMono();
	}

	@Override
	public void progress(double done, @Nullable Double total, @Nullable String text) {
		this.caller.progress(done, total, text);
	}

	@Override
	public InvocationSpec invoke(String name) {
		return new QuestionInvocation(this.caller, this.codec, name);
	}

	@Override
	public <T> Mono<Answer<T>> ask(Question<T> question) {
		return this.questionSender.ask(this, question);
	}

	@Override
	public synchronized ActionCatalog actions() {
		ActionCatalog present = this.actions;
		if (present == null) {
			present = new ActionCatalog();
			this.actions = present;
		}
		return present;
	}

	@Override
	public void sendEvent(String name, @Nullable Object payload) {
		logger.debug("Event " + name + " is lost: a call of MCP carries none");
	}

}
