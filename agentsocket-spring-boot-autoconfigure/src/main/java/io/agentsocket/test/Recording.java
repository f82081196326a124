package io.agentsocket.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Signal;

/**
 * The signals of a running invocation, for the thread of a test to wait for. Used by one
 * thread.
 *
 * @param <T> type of an item
 */
final class Recording<T> {

	private final Statement statement;

	private final Questions questions;

	private final Duration timeout;

	private final BlockingQueue<Signal<T>> signals = new LinkedBlockingQueue<>();

	private final List<T> items = new ArrayList<>();

	private final Disposable subscription;

	private @Nullable Signal<T> end;

	/**
	 * Begin to record.
	 * @param statement the subject of failures
	 * @param questions those that the invocation asks
	 * @param timeout how long to wait for each signal
	 * @param results the invocation
	 */
	Recording(Statement statement, Questions questions, Duration timeout, Flux<T> results) {
		this.statement = statement;
		this.questions = questions;
		this.timeout = timeout;
		this.subscription = results.materialize().subscribe(this.signals::add);
	}

	/**
	 * Wait for the next item or the end.
	 * @param expected the expectation of the test, for the failure when nothing comes
	 */
	Signal<T> next(String expected) {
		Signal<T> ended = this.end;
		if (ended != null) {
			return ended;
		}
		Signal<T> signal = Patience.poll(this.signals, this.timeout);
		if (signal == null) {
			throw failure(expected, Patience.nothing(this.timeout) + soFar());
		}
		T item = signal.get();
		if (item != null) {
			this.items.add(item);
		}
		else {
			this.end = signal;
		}
		return signal;
	}

	/**
	 * Wait for the end, however many items come before.
	 * @param expected the expectation of the test
	 * @return the signal of the end
	 */
	Signal<T> end(String expected) {
		Signal<T> signal = next(expected);
		while (signal.isOnNext()) {
			signal = next(expected);
		}
		return signal;
	}

	/** The items that were waited for so far. */
	List<T> items() {
		return this.items;
	}

	/** The content of a signal, as a noun. */
	String came(Signal<T> signal) {
		Throwable error = signal.getThrowable();
		if (error != null) {
			return Statement.of(error) + soFar();
		}
		return signal.isOnNext() ? "the item " + Statement.of(signal.get())
				: this.items.isEmpty() ? "an end without a value" : "the end after " + Statement.of(this.items);
	}

	private String soFar() {
		return this.items.isEmpty() ? "" : " after " + Statement.of(this.items);
	}

	/** A failure that names the questions as well that nobody has answered. */
	AssertionError failure(String expected, String got) {
		List<String> open = this.questions.open();
		return this.statement.failure(expected,
				open.isEmpty() ? got : got + "\nwithout an answer: " + String.join("; ", open));
	}

	void cancel() {
		this.subscription.dispose();
	}

}
