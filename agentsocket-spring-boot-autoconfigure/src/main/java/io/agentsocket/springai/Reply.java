package io.agentsocket.springai;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

import io.agentsocket.bridge.Waiting;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.metadata.ToolMetadata;

/**
 * The calls of one reply of a model. Spring AI makes them in their order; when it makes
 * the first, the remote ones are started ahead of their turn, so many at a time. A call
 * that starts before its turn belongs to the observation around the reply, any other one
 * to that of the call itself. Closing it interrupts those that still run. Calls are made
 * by one thread, which creates this object too; remote tools end on any.
 */
final class Reply implements AutoCloseable {

	/** Calls of remote tools that wait for room. */
	private final Queue<RemoteCall> waiting = new ArrayDeque<>();

	/** Calls by the names of their tools, in the order in which they are made. */
	private final Map<String, Deque<RemoteCall>> turns = new HashMap<>();

	private final List<RemoteCall> all = new ArrayList<>();

	private int room;

	private @Nullable ToolContext context;

	private boolean closed;

	Reply(List<ToolCall> calls, Map<String, ToolCallback> tools, int concurrency) {
		this.room = concurrency;
		ContextView around = ChatContext.present();
		for (ToolCall call : calls) {
			if (tools.get(call.name()) instanceof SideBySide tool) {
				RemoteCall remote = new RemoteCall(tool, call.arguments(), around);
				this.all.add(remote);
				this.waiting.add(remote);
				this.turns.computeIfAbsent(call.name(), (name) -> new ArrayDeque<>()).add(remote);
			}
		}
	}

	/** The tool as Spring AI calls it in this reply. */
	ToolCallback callback(String name, ToolCallback tool) {
		return new Turn(name, tool);
	}

	private void begin(ToolContext context) {
		synchronized (this) {
			if (this.context != null) {
				return;
			}
			this.context = context;
		}
		startWaiting(context);
	}

	/** Starts calls outside of the lock, since code of the application is called. */
	private void startWaiting(ToolContext context) {
		RemoteCall call = admitted();
		while (call != null) {
			start(call, context);
			call = admitted();
		}
	}

	private synchronized @Nullable RemoteCall admitted() {
		if (this.room == 0 || this.closed) {
			return null;
		}
		RemoteCall call = this.waiting.poll();
		this.room -= (call != null) ? 1 : 0;
		return call;
	}

	private void start(RemoteCall call, ToolContext context) {
		String arguments = (call.arguments != null) ? call.arguments : "";
		CompletableFuture<String> work = call.tool.run(arguments, context).contextWrite(call.view).toFuture();
		call.work = work;
		work.whenComplete((result, failure) -> {
			call.result(result, failure);
			ended(context);
		});
		if (isClosed()) {
			work.cancel(true);
		}
	}

	private void ended(ToolContext context) {
		synchronized (this) {
			this.room++;
		}
		startWaiting(context);
	}

	private synchronized boolean isClosed() {
		return this.closed;
	}

	private synchronized @Nullable RemoteCall next(String name) {
		Deque<RemoteCall> calls = this.turns.get(name);
		return (calls != null) ? calls.poll() : null;
	}

	@Override
	public void close() {
		synchronized (this) {
			this.closed = true;
		}
		for (RemoteCall call : this.all) {
			CompletableFuture<String> work = call.work;
			if (work != null) {
				work.cancel(true);
			}
		}
	}

	/** A call of a remote tool and its outcome. */
	private static final class RemoteCall {

		private final SideBySide tool;

		private final @Nullable String arguments;

		/** Ends with the work. */
		private final CompletableFuture<String> result = new CompletableFuture<>();

		/** The work once it was started; cancelling interrupts it. */
		private volatile @Nullable CompletableFuture<String> work;

		/** Context in which it starts. */
		private volatile ContextView view;

		private RemoteCall(SideBySide tool, @Nullable String arguments, ContextView view) {
			this.tool = tool;
			this.arguments = arguments;
			this.view = view;
		}

		private void result(@Nullable String text, @Nullable Throwable failure) {
			if (failure != null) {
				this.result.completeExceptionally(failure);
			}
			else {
				this.result.complete((text != null) ? text : "");
			}
		}

	}

	/** A tool whose calls were started ahead of their turn, or run in their turn. */
	private final class Turn implements ToolCallback {

		private final String name;

		private final ToolCallback tool;

		private Turn(String name, ToolCallback tool) {
			this.name = name;
			this.tool = tool;
		}

		@Override
		public ToolDefinition getToolDefinition() {
			return this.tool.getToolDefinition();
		}

		@Override
		public ToolMetadata getToolMetadata() {
			return this.tool.getToolMetadata();
		}

		@Override
		public String call(String toolInput) {
			return call(toolInput, new ToolContext(Map.of()));
		}

		@Override
		public String call(String toolInput, @Nullable ToolContext toolContext) {
			ToolContext present = (toolContext != null) ? toolContext : new ToolContext(Map.of());
			RemoteCall own = next(this.name);
			if (own != null) {
				// Has no meaning for a call that was started before.
				own.view = ChatContext.present();
			}
			begin(present);
			return (own != null) ? Waiting.await(own.result, this.name) : this.tool.call(toolInput, present);
		}

	}

}
