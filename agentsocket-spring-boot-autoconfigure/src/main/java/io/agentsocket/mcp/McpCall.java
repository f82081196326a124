package io.agentsocket.mcp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.bounds.SessionBounds;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * The call of a tool: runs its action, and has the request that waits for it, if one
 * does. While the action asks its caller something, the request has ended with the
 * question, and the call waits for the next one, parked. Thread-safe.
 */
final class McpCall implements RunningCall, CallerSide, ResultSubscriber.Owner {

	private final CallContext context;

	private final Action action;

	private final McpExchange exchange;

	private final InterceptedRun run;

	private final SessionBounds bounds;

	private final ResultSubscriber results;

	private final Duration limit;

	private final long begun = System.nanoTime();

	private final Map<String, OpenQuestion> questions = new LinkedHashMap<>(2);

	private @Nullable Disposable timer;

	/** The request that waits for the call, null while it is parked. */
	private @Nullable Reply reply;

	/** Its place among the parked calls, from its first question on. */
	private ParkedCalls.@Nullable Place parked;

	/** Members of the result, when the call has ended. */
	private @Nullable Bytes outcome;

	private @Nullable RpcError failure;

	private int asked;

	private boolean starting = true;

	/** Whether it has taken long. */
	private boolean late;

	/** Whether a later request waits for it, or has. */
	private volatile boolean resumed;

	private boolean missesForms;

	McpCall(CallContext context, Action action, McpSession session, RpcMessage message, SessionBounds bounds,
			Reply reply, Context reactor) {
		this.context = context;
		this.action = action;
		this.bounds = bounds;
		this.reply = reply;
		this.limit = limit(action, context.settings());
		this.exchange = new McpExchange(this, action, session, context.codec(), message,
				context.server().questionSender(), session.createdAt().plus(this.limit));
		this.run = new InterceptedRun(context.server(), this.exchange);
		this.results = new ResultSubscriber(action, context.codec(), context.settings().maxResult(),
				ToolDefinition.isStructured(action, reply.revision()), reactor.put(AgentExchange.class, this.exchange),
				this);
		session.onEnd(() -> stop(new ActionException(ErrorCode.CANCELLED, "The session was ended")));
	}

	private static Duration limit(Action action, McpSettings settings) {
		Duration timeout = action.hints().timeout();
		return (timeout != null && timeout.compareTo(settings.callTimeout()) < 0) ? timeout : settings.callTimeout();
	}

	private void expire() {
		stop(new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed"));
	}

	/** Runs the action. */
	void start() {
		Reply first = this.reply;
		if (first != null) {
			first.onCancel(this::abandoned);
			first.onRoom(this.results::more);
		}
		synchronized (this) {
			if (this.outcome != null) {
				// The client has left already.
				return;
			}
			if (!mayTakeLong()) {
				this.timer = later(this::expire, this.limit);
			}
		}
		try {
			this.results.begin(this.run.results());
		}
		catch (Throwable ex) {
			failed(ex);
		}
		synchronized (this) {
			this.starting = false;
		}
		proceed();
	}

	private static Disposable later(Runnable task, Duration delay) {
		return Schedulers.parallel().schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
	}

	private boolean mayTakeLong() {
		return this.limit.compareTo(Reply.LONG) > 0;
	}

	@Override
	public void look(long now) {
		Reply waits;
		synchronized (this) {
			long age = now - this.begun;
			if (this.late || this.outcome != null || age < Reply.LONG.toNanos() || !mayTakeLong()) {
				return;
			}
			this.late = true;
			this.timer = later(this::expire, this.limit.minusNanos(age));
			// A later request has told how long it waits by itself.
			waits = this.resumed ? null : this.reply;
		}
		if (waits != null) {
			waits.takesLong();
		}
	}

	@Override
	public void progress(double done, @Nullable Double total, @Nullable String text) {
		Reply present = reply();
		if (present != null) {
			present.progress(done, total, (text != null) ? new JsonBytes(text.length() + 16).text(text).bytes() : null);
		}
	}

	private synchronized @Nullable Reply reply() {
		return this.reply;
	}

	@Override
	public boolean item(int count, int collected, Bytes text) {
		Reply present;
		synchronized (this) {
			present = this.reply;
			if (this.outcome == null) {
				this.bounds.turned((long) this.exchange.arguments().length() + collected, 1);
			}
		}
		boolean literal = !text.isEmpty() && text.array()[text.offset()] == '"';
		return present == null
				|| present.progress(count, null, literal ? text : new JsonBytes(text.length() + 16).text(text).bytes());
	}

	@Override
	public void completed(Bytes members) {
		end(members, null, null, null);
	}

	@Override
	public void failed(Throwable error) {
		ActionException told = this.context.server()
			.errors()
			.toActionException(error, this.exchange, this.exchange::isMisfit);
		ActionException answer = told.answer(this.run.isEntered());
		RpcError missing = null;
		synchronized (this) {
			if (this.missesForms && (answer.errorCode() == ErrorCode.FAILED_PRECONDITION
					|| answer.errorCode() == ErrorCode.PERMISSION_DENIED)) {
				missing = RpcError.missesForms(answer.text());
			}
		}
		end(CallResult.failure(answer), missing, error, answer);
	}

	/** Ends the work now. */
	void stop(ActionException reason) {
		this.results.cancel();
		ActionException answer = reason.answer(this.run.isEntered());
		end(CallResult.failure(answer), null, null, answer);
	}

	/** The client has closed the response before it was complete. */
	private void abandoned() {
		this.context.running().cancelledByClient();
		synchronized (this) {
			this.reply = null;
		}
		forget("Interrupted by the caller");
	}

	private void end(Bytes members, @Nullable RpcError error, @Nullable Throwable thrown,
			@Nullable ActionException answered) {
		List<OpenQuestion> open;
		synchronized (this) {
			if (this.outcome != null) {
				return;
			}
			this.outcome = members;
			this.failure = error;
			open = new ArrayList<>(this.questions.values());
			this.questions.clear();
			// A result that the client has not fetched counts, but it runs no more.
			this.bounds.turned(members.length(), 0);
			if (this.timer != null) {
				this.timer.dispose();
			}
		}
		this.exchange.ended();
		open.forEach((question) -> question.sink()
			.error(new ActionException(ErrorCode.CANCELLED, "The call has ended").foreign()));
		this.run.ended(thrown, answered, System.nanoTime() - this.begun);
		this.context.running().ends(this);
		proceed();
	}

	@Override
	public Mono<Map<String, Object>> ask(String what, Map<String, Object> arguments) {
		return Mono.create((sink) -> {
			String key;
			ActionException obstacle;
			synchronized (this) {
				obstacle = obstacle();
				this.asked += (obstacle == null) ? 1 : 0;
				key = "q" + this.asked;
				if (obstacle == null) {
					this.questions.put(key, new OpenQuestion(this.context.forms().form(what, arguments), sink));
				}
			}
			if (obstacle != null) {
				// Not within: the action may take its time with it.
				sink.error(obstacle);
				return;
			}
			sink.onDispose(() -> withdraw(key));
			proceed();
		});
	}

	/** Why the caller cannot be asked now; null when it can. */
	private @Nullable ActionException obstacle() {
		Reply present = this.reply;
		if (present != null && !present.takesForms()) {
			this.missesForms = present.revision().isStateless();
			return new ActionException(ErrorCode.NOT_FOUND, "The client shows no forms").foreign();
		}
		if (this.outcome != null) {
			return new ActionException(ErrorCode.CANCELLED, "The call has ended").foreign();
		}
		if (this.context.parking().isClosed()) {
			return new ActionException(ErrorCode.UNAVAILABLE, "The server leaves");
		}
		// Not foreign: it is this call that there is no place for.
		return hasPlace() ? null
				: new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many calls wait for answers").retryable();
	}

	/** Whether the call may be parked; takes its place with the first question. */
	private boolean hasPlace() {
		if (this.parked == null) {
			this.parked = this.context.parking().enter(this, this.action.name(), this.exchange.session());
		}
		return this.parked != null;
	}

	private synchronized void withdraw(String key) {
		this.questions.remove(key);
	}

	@Override
	public void resume(Reply next, int sequence, Map<String, Object> responses, @Nullable McpSession caller) {
		List<Runnable> answers = new ArrayList<>();
		synchronized (this) {
			ParkedCalls.Place place = this.parked;
			if (place == null || this.reply != null || !place.take(sequence)) {
				throw RpcError.invalidParams("This requestState was used already");
			}
			if (caller != null) {
				this.exchange.session().resumedBy(caller);
			}
			this.reply = next;
			this.resumed = true;
			this.starting = true;
			responses.forEach((key, response) -> {
				OpenQuestion question = this.questions.get(key);
				if (question != null) {
					answers.add(() -> question.answer(response));
				}
			});
		}
		next.onCancel(this::abandoned);
		next.onRoom(this.results::more);
		// The client of the request before may have taken no more items; this one has
		// room for them.
		this.results.more();
		answers.forEach(Runnable::run);
		synchronized (this) {
			this.starting = false;
		}
		proceed();
	}

	/** Ends the request that waits, if there is something to tell. */
	private void proceed() {
		Reply present;
		Bytes members;
		RpcError error;
		boolean ended;
		synchronized (this) {
			present = this.reply;
			error = this.failure;
			ended = this.outcome != null;
			if (present == null || this.starting && !ended) {
				return;
			}
			ParkedCalls.Place place = this.parked;
			if (ended) {
				members = this.outcome;
				this.reply = null;
				unpark();
			}
			else if (place != null && !this.questions.isEmpty()) {
				members = place.questions(this.questions);
				this.reply = null;
			}
			else {
				members = null;
			}
		}
		if (members == null) {
			if (this.resumed) {
				present.await();
			}
			return;
		}
		if (error != null) {
			present.error(error);
			delivered();
		}
		else if (ended) {
			present.result(members, this::delivered);
		}
		else {
			present.questions(members);
		}
	}

	/** No later request comes for the call. */
	private void unpark() {
		if (this.parked != null) {
			this.parked.leave();
		}
	}

	/** Nothing is held for a client any more. */
	private synchronized void delivered() {
		this.bounds.turned(0, 0);
		this.bounds.close();
	}

	@Override
	public void leave(String reason) {
		synchronized (this) {
			if (this.reply != null) {
				return;
			}
		}
		forget(reason);
	}

	@Override
	public void forget(String reason) {
		stop(new ActionException(ErrorCode.CANCELLED, reason));
		synchronized (this) {
			unpark();
			delivered();
		}
	}

}
