package io.agentsocket.connection.takeover;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.ReceiveWindow;
import io.agentsocket.connection.sequence.ReplayLog;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.Retries;
import io.agentsocket.session.StoredSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Writes all that another owner of the session would need to the store, in steps. A
 * single step is underway at a time, and the changes that happen meanwhile become the
 * next step, so that a busy session writes often enough and not more. A step that nobody
 * waits for begins a few milliseconds later, with all that has changed by then: what came
 * and went meanwhile is not written at all. A step whose outcome is unknown is repeated
 * until the outcome is known. Runs in the peer's loop.
 */
final class CommitPipeline {

	private static final Log logger = PrintableLog.of(CommitPipeline.class);

	/**
	 * Times between repetitions: messages wait for the step, but 50,000 sessions must not
	 * keep a store down.
	 */
	private static final Retries RETRIES = new Retries(Duration.ofMillis(200), Duration.ofSeconds(2));

	/** Bytes that may wait; beyond them nothing more is sent or acknowledged. */
	private static final int MAX_WAITING = 256 * 1024;

	/** Time between two looks at a step; one that both looks find is stalled. */
	private static final Duration CHECK = Duration.ofSeconds(5);

	/** Hears of the outcome of the steps. */
	interface Listener {

		/**
		 * The session has another owner, or the store has lost something.
		 * @param epoch epoch of the session in the store
		 */
		void fenced(long epoch);

		/** The store has been out of reach for long. */
		void stalled();

	}

	private record Waiter(long number, Runnable task) {

	}

	private final StreamContext context;

	private final ReceiveWindow receiveWindow;

	private final ReplayLog log;

	private final PeerStorage storage;

	private final Listener listener;

	/** Lets the next step wait for more changes. */
	private final StepDelay delay;

	private final ArrayDeque<Waiter> waiters = new ArrayDeque<>(4);

	private final StepDraft draft = new StepDraft();

	/** Whether the step that is underway belongs to the log before. */
	private boolean underwayVoid;

	/** The frames of the step that is underway. */
	private List<QueuedFrame> underwayFrames = List.of();

	private boolean dirty;

	private boolean closed;

	private long number;

	private long taken;

	private long committedReceived;

	private long storedAcknowledged;

	private @Nullable Commit underway;

	private @Nullable Disposable retry;

	/** How often the step that is underway has failed. */
	private int failures;

	private @Nullable Disposable check;

	private long checked;

	private long movedAt;

	/** Bytes of the frames of the step that is underway. */
	private int underwayBytes;

	/** Bytes of its records. */
	private int underwayRecords;

	CommitPipeline(StreamContext context, ReceiveWindow receiveWindow, PeerStorage storage, Listener listener) {
		this.context = context;
		this.receiveWindow = receiveWindow;
		this.log = context.sendQueue().log();
		this.storage = storage;
		this.listener = listener;
		this.delay = new StepDelay(context.loop());
	}

	/** Goes on with the steps and records of the owner before. */
	void restore(StoredSession session) {
		this.number = session.commit();
		this.taken = session.taken();
		this.committedReceived = session.received();
		this.storedAcknowledged = session.acknowledged();
		this.draft.restore(session.records().keySet());
	}

	boolean isStrict() {
		return this.storage.isStrict();
	}

	/** Whether the store cannot follow: nothing more should be sent or acknowledged. */
	boolean isBehind() {
		return this.draft.bytes() > MAX_WAITING;
	}

	boolean isUnderway() {
		return this.underway != null;
	}

	/**
	 * Bytes that wait to be stored: records, frames that are passed on, and frames of
	 * this side as far as the log does not have them any more.
	 */
	long held() {
		int frames = this.draft.bytes() - this.draft.passed() + this.underwayBytes;
		return (long) this.draft.passed() + this.underwayRecords + Math.max(0, frames - this.log.bytes());
	}

	/** Lets the store forget the frames that were acknowledged since the latest step. */
	void trim() {
		if (this.draft.removes() || this.log.firstHeld() - 1 > this.storedAcknowledged) {
			this.dirty = true;
		}
	}

	/** Highest number of the agent that is known to be durable. */
	long committedReceived() {
		return this.committedReceived;
	}

	long taken() {
		return this.taken;
	}

	void setTaken(long messages) {
		this.taken = messages;
		this.dirty = true;
	}

	void appended(long first, long last, Bytes frames) {
		this.draft.append(first, last, frames);
		this.dirty = true;
	}

	/** A frame got a number. */
	void numbered(QueuedFrame frame) {
		this.draft.add(frame);
	}

	/** Frames of the other side go to a runner with the next step. */
	void passedOn(int bytes) {
		this.draft.passOn(bytes);
		this.dirty = true;
	}

	void put(String key, Supplier<Bytes> value) {
		this.draft.put(key, value);
		this.dirty = true;
	}

	void remove(String key) {
		this.dirty |= this.draft.remove(key);
	}

	/** Removes a record with the next step; the removal alone does not begin a step. */
	void discard(String key) {
		this.draft.remove(key);
	}

	/** Keys of some records whose latest change is not known to be durable. */
	Set<String> uncertain(Predicate<String> which) {
		Set<String> keys = new HashSet<>();
		this.draft.addKeys(keys);
		if (this.underway != null) {
			keys.addAll(this.underway.records().keySet());
			keys.addAll(this.underway.removed());
		}
		keys.removeIf((key) -> !which.test(key));
		return keys;
	}

	/** Begins a new log: records of the log before are void, unless they outlive it. */
	void reset(String log, Predicate<String> outlives) {
		this.draft.reset(log, outlives);
		this.underwayVoid = this.underway != null;
		this.dirty = true;
	}

	/** Received frames are about to be acknowledged. */
	void acknowledging() {
		this.dirty = true;
	}

	boolean isDirty() {
		return this.dirty;
	}

	/** The next step waits for nothing more. */
	void urge() {
		if (this.dirty) {
			this.delay.urge();
		}
	}

	/** Runs a task, which is waited for, when all that was recorded so far is durable. */
	void whenDurable(Runnable task) {
		urge();
		noteDurable(task);
	}

	/** Runs a task when all that was recorded so far is durable, soon or later. */
	void noteDurable(Runnable task) {
		if (this.dirty) {
			this.waiters.add(new Waiter(this.number + 1, task));
		}
		else if (this.underway != null) {
			this.waiters.add(new Waiter(this.number, task));
		}
		else {
			task.run();
		}
	}

	/**
	 * Begins the next step, if there is something to store that does not wait for more,
	 * and no step is underway. Model: calls.pml, step begin; frames.pml, step begin.
	 */
	void flush() {
		long acknowledged = this.log.firstHeld() - 1;
		this.draft.acknowledge(acknowledged);
		if (this.underway == null && this.dirty && !this.closed
				&& !this.delay.isOn(this.draft.bytes(), this.draft.records())) {
			this.underwayVoid = false;
			this.underwayFrames = this.draft.frames();
			this.underwayBytes = this.draft.bytes() - this.draft.passed();
			Commit step = this.draft.take(++this.number, this.receiveWindow.received(), this.log.sent(), acknowledged,
					this.taken);
			this.underwayRecords = step.records().values().stream().mapToInt(Bytes::length).sum();
			this.dirty = false;
			this.delay.begun();
			this.underway = step;
			this.failures = 0;
			this.storedAcknowledged = step.acknowledged();
			write(step);
			if (this.check == null) {
				this.check = this.context.loop().schedule(this::check, CHECK);
			}
		}
	}

	private void write(Commit step) {
		// Nobody cancels the subscription: the outcome counts as long as the step is
		// underway.
		this.storage.commit(step)
			.subscribe(null, (error) -> this.context.loop().executeLater(() -> failed(step, error)),
					() -> this.context.loop().executeLater(() -> confirmed(step)));
	}

	/**
	 * The step is durable: the tasks that have waited for it run now. Model: calls.pml,
	 * step confirmed; frames.pml, step confirmed.
	 */
	private void confirmed(Commit step) {
		if (this.underway != step) {
			return;
		}
		this.underway = null;
		this.underwayBytes = 0;
		this.underwayRecords = 0;
		this.underwayFrames = List.of();
		this.committedReceived = step.received();
		Waiter waiter = this.waiters.peek();
		while (waiter != null && waiter.number <= step.number()) {
			this.waiters.remove();
			waiter.task.run();
			waiter = this.waiters.peek();
		}
		if (this.closed) {
			this.listener.fenced(this.movedAt);
		}
	}

	/**
	 * The step failed, or its outcome is unknown: the step is repeated until its outcome
	 * is known. Model: calls.pml, step repeat; frames.pml, step repeat; handshake.pml,
	 * step commit.
	 */
	private void failed(Commit step, Throwable error) {
		if (this.underway != step) {
			return;
		}
		if (error instanceof FencedException fenced) {
			this.closed = true;
			this.listener.fenced(fenced.epoch());
			return;
		}
		if (logger.isDebugEnabled()) {
			logger.debug("A step of session " + this.context.session().id() + " is repeated", error);
		}
		this.retry = this.context.loop().schedule(() -> {
			if (this.underway == step) {
				write(step);
			}
		}, RETRIES.delay(this.failures++));
	}

	private void check() {
		this.check = null;
		if (this.underway == null) {
			return;
		}
		if (this.underway.number() == this.checked) {
			this.listener.stalled();
		}
		this.checked = this.underway.number();
		this.check = this.context.loop().schedule(this::check, CHECK);
	}

	/**
	 * Another pod says that the session has another owner. That counts once the outcome
	 * of the step that is underway is known. Model: calls.pml, step moved.
	 */
	void moved(long epoch) {
		if (!this.closed) {
			this.closed = true;
			this.movedAt = epoch;
			if (this.underway == null) {
				this.listener.fenced(epoch);
			}
		}
	}

	/** Frames that got a number and are not durable, in order. */
	List<QueuedFrame> notDurable() {
		List<QueuedFrame> all = new ArrayList<>();
		if (this.underway != null && !this.underwayVoid) {
			all.addAll(this.underwayFrames);
		}
		all.addAll(this.draft.frames());
		return all;
	}

	/** Stops writing. */
	void close() {
		this.closed = true;
		this.underway = null;
		this.underwayBytes = 0;
		this.underwayRecords = 0;
		this.draft.clear();
		this.waiters.clear();
		this.dirty = false;
		this.delay.close();
		dispose(this.retry);
		dispose(this.check);
		this.check = null;
	}

	private static void dispose(@Nullable Disposable disposable) {
		if (disposable != null) {
			disposable.dispose();
		}
	}

}
