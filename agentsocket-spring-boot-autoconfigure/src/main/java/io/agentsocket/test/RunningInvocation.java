package io.agentsocket.test;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;

import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Signal;
import reactor.core.publisher.Sinks;

/**
 * An invocation that goes on while the test does something else: answers its questions,
 * cuts the connection, moves the agent to another pod. Each expectation waits for what
 * comes next, within the timeout of the tester. Used by one thread; cancelled at the end
 * of the test if it is still running then.
 *
 * @param <T> type of an item
 */
public final class RunningInvocation<T> {

	private final Statement statement;

	private final Recording<T> recording;

	private final Questions questions;

	private final Controls controls;

	private final Duration timeout;

	RunningInvocation(Statement statement, Recording<T> recording, Questions questions, Controls controls,
			Duration timeout) {
		this.statement = statement;
		this.recording = recording;
		this.questions = questions;
		this.controls = controls;
		this.timeout = timeout;
	}

	/**
	 * Wait for the next item, or for the value of an action that is no stream.
	 * @return the item
	 */
	public ExpectedValue<T> expectNext() {
		String expected = "another item";
		Signal<T> signal = this.recording.next(expected);
		T item = signal.get();
		if (item == null) {
			throw this.recording.failure(expected, this.recording.came(signal));
		}
		return new ExpectedValue<>(this.statement, item);
	}

	/**
	 * Wait for items that equal these, one after the other.
	 * @param items the items
	 * @return this
	 */
	@SafeVarargs
	public final RunningInvocation<T> expectNext(T... items) {
		for (T item : items) {
			String expected = "the item " + Statement.of(item);
			Signal<T> signal = this.recording.next(expected);
			if (!Objects.deepEquals(signal.get(), item)) {
				throw this.recording.failure(expected, this.recording.came(signal));
			}
		}
		return this;
	}

	/** Wait for the end, with no further item before it. */
	public void expectComplete() {
		String expected = "the end";
		Signal<T> signal = this.recording.next(expected);
		if (!signal.isOnComplete()) {
			throw this.recording.failure(expected, this.recording.came(signal));
		}
	}

	/**
	 * Wait for an error, with no further item before it.
	 * @param code its code
	 * @return the error
	 */
	public ExpectedError expectError(ErrorCode code) {
		return expectError(code.code());
	}

	/**
	 * Wait for an error, with no further item before it.
	 * @param code its code, also one of the application
	 * @return the error
	 */
	public ExpectedError expectError(int code) {
		String expected = "the error " + Statement.code(code);
		Signal<T> signal = this.recording.next(expected);
		if (signal.getThrowable() instanceof ActionException error && error.code() == code) {
			return new ExpectedError(this.statement, error);
		}
		throw this.recording.failure(expected, this.recording.came(signal));
	}

	/**
	 * Wait for a question of the action.
	 * @return the question, to be answered
	 */
	public ExpectedQuestion expectQuestion() {
		return asked("a question").question(this.statement);
	}

	/**
	 * Wait until the action asks for permission, its own or that of an action that it
	 * invokes.
	 * @return the request, to be decided on
	 */
	public ExpectedApproval expectApproval() {
		return asked("a request for approval").approval(this.statement);
	}

	private Questions.Asked asked(String expected) {
		Questions.Asked asked = this.questions.next(this.timeout);
		if (asked == null) {
			throw this.recording.failure(expected, Patience.nothing(this.timeout));
		}
		return asked;
	}

	/**
	 * Wait for progress. Newer progress replaces older that the agent has not got yet.
	 * @return the progress
	 */
	public ExpectedValue<Progress> expectProgress() {
		Progress progress = Patience.poll(this.controls.progress(), this.timeout);
		if (progress == null) {
			throw this.recording.failure("progress", Patience.nothing(this.timeout));
		}
		return new ExpectedValue<>(this.statement, progress);
	}

	/**
	 * Send an item to the running action.
	 * @param item {@code CharSequence} is sent as TEXT, {@code byte[]} as BYTES, anything
	 * else as DATA
	 * @return this
	 * @throws IllegalStateException if the invocation was not begun with
	 * {@link TestInvocation#sendingItems()}
	 */
	public RunningInvocation<T> send(Object item) {
		items().tryEmitNext(item).orThrow();
		return this;
	}

	/**
	 * Send no further item to the running action.
	 * @return this
	 * @throws IllegalStateException if the invocation was not begun with
	 * {@link TestInvocation#sendingItems()}
	 */
	public RunningInvocation<T> completeItems() {
		items().tryEmitComplete().orThrow();
		return this;
	}

	private Sinks.Many<Object> items() {
		Sinks.Many<Object> items = this.controls.items();
		if (items == null) {
			throw new IllegalStateException("Begin the invocation with sendingItems() to send it items");
		}
		return items;
	}

	/**
	 * Ask the action to stop after its current step and to keep its results so far.
	 * @return this
	 */
	public RunningInvocation<T> stop() {
		this.controls.stop().tryEmitEmpty();
		return this;
	}

	/** Cancel the invocation, as an agent that does not want the result any more. */
	public void cancel() {
		this.recording.cancel();
	}

	/**
	 * Ways to reach the running action.
	 *
	 * @param items takes the items for it, or is {@code null}
	 * @param stop its end asks the action to stop
	 * @param progress has the progress that the action reports
	 */
	record Controls(Sinks.@Nullable Many<Object> items, Sinks.Empty<Void> stop, BlockingQueue<Progress> progress) {
	}

}
