package io.agentsocket.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * The events of one name that the agent gets from now on, for the test to wait for. Used
 * by one thread; the subscription ends with the test.
 *
 * @param <T> type of their payloads
 */
public final class ReceivedEvents<T> {

	private final Statement statement;

	private final Duration timeout;

	private final Runnable roundTrip;

	private final BlockingQueue<T> events = new LinkedBlockingQueue<>();

	private final Disposable subscription;

	/**
	 * Subscribe.
	 * @param name name of the events
	 * @param timeout how long to wait for an event
	 * @param roundTrip comes back when the server has taken everything that was sent
	 * before, and the agent everything that the server has sent before
	 * @param events the events
	 */
	ReceivedEvents(String name, Duration timeout, Runnable roundTrip, Flux<T> events) {
		this.statement = new Statement("Event " + name);
		this.timeout = timeout;
		this.roundTrip = roundTrip;
		this.subscription = events.subscribe(this.events::add);
		roundTrip.run();
	}

	/**
	 * Wait for the next event.
	 * @return its payload
	 */
	public ExpectedValue<T> expectNext() {
		T event = Patience.poll(this.events, this.timeout);
		if (event == null) {
			throw this.statement.failure("an event whose payload fits the type",
					Patience.nothing(this.timeout) + "; one whose payload does not fit is dropped");
		}
		return new ExpectedValue<>(this.statement, event);
	}

	/**
	 * Expect that no event has come which was not waited for. An event that was sent by
	 * an invocation that has ended has come by then.
	 */
	public void expectNone() {
		this.roundTrip.run();
		List<T> others = new ArrayList<>(this.events);
		this.statement.require(others.isEmpty(), "no further event", Statement.of(others));
	}

	/** Subscribe no longer. */
	public void cancel() {
		this.subscription.dispose();
	}

}
