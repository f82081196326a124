package io.agentsocket.tool.execution;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.method.RefusableTask;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A call of blocking code on an executor. Cancelling interrupts the thread while it runs
 * the call; a call that still waits is not run.
 *
 * @param <T> type of the result
 */
final class BlockingCall<T> implements RefusableTask {

	private static final Log logger = PrintableLog.of(BlockingCall.class);

	private final Interruption interruption = new Interruption();

	private final MonoSink<T> sink;

	private final Executor executor;

	private volatile @Nullable Call<T> call;

	private final ThreadLocals threadLocals;

	private BlockingCall(MonoSink<T> sink, Executor executor, ThreadLocals threadLocals, Call<T> call) {
		this.sink = sink;
		this.executor = executor;
		this.threadLocals = threadLocals;
		this.call = call;
	}

	/**
	 * Run code on an executor when subscribed to.
	 * @param executor the executor
	 * @param threadLocals the values of the thread meanwhile
	 * @param call the code
	 * @param <T> type of the result
	 * @return the result, empty for {@code null}
	 */
	static <T> Mono<T> on(Executor executor, ThreadLocals threadLocals, Call<T> call) {
		return Mono.create((sink) -> new BlockingCall<>(sink, executor, threadLocals, call).start());
	}

	private void start() {
		this.sink.onCancel(this::cancel);
		try {
			this.executor.execute(this);
		}
		catch (RejectedExecutionException ex) {
			refused(ex);
		}
	}

	@Override
	public void refused(RejectedExecutionException cause) {
		this.sink.error(BlockingWork.refused(cause));
	}

	private void cancel() {
		this.call = null;
		this.interruption.cancel();
		BlockingWork.remove(this.executor, this);
	}

	@Override
	public void run() {
		Call<T> call = this.call;
		if (call == null || !this.interruption.enter()) {
			return;
		}
		T result = null;
		Throwable failure = null;
		try {
			result = withThreadLocals(call);
		}
		catch (Throwable ex) {
			failure = ex;
		}
		finish(result, failure, this.interruption.exit());
	}

	/** Code of the application sets and clears thread locals, and may fail as well. */
	private @Nullable T withThreadLocals(Call<T> call) throws Throwable {
		ToolGuard.Scope scope = this.threadLocals.restore(this.sink.contextView());
		try (scope) {
			return call.run();
		}
	}

	private void finish(@Nullable T result, @Nullable Throwable failure, boolean wanted) {
		if (!wanted) {
			if (failure != null) {
				logger.debug("A cancelled tool failed", failure);
			}
		}
		else if (failure != null) {
			this.sink.error(failure);
		}
		else {
			this.sink.success(result);
		}
	}

	/**
	 * Blocking code.
	 *
	 * @param <T> type of the result
	 */
	@FunctionalInterface
	interface Call<T> {

		@Nullable T run() throws Throwable;

	}

}
