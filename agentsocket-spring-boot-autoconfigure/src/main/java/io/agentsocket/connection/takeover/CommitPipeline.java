package io.agentsocket.connection.takeover;

import java.time.Duration;
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
 * Writes all that another owner of the session would need to the store, in steps. The
 * changes that happen while a step is underway become the next one, which begins when
 * there is enough to do for it, and at the latest when none is underway: so a busy
 * session neither waits for a whole round trip nor writes more than it needs. Steps are
 * stored in their order, and the outcome of a step counts when those before it are
 * stored. A step that nobody waits for begins a few milliseconds later, with all that has
 * changed by then: records that came and went meanwhile are not written at all. A step
 * whose outcome is unknown is repeated until the outcome is known, and no other one
 * begins before. Runs in the peer's loop.
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

	private final StreamContext context;

	private final ReceiveWindow receiveWindow;

	private final ReplayLog log;

	private final PeerStorage storage;

	private final Listener listener;

	/** Lets the next step wait for more changes. */
	private final StepDelay delay;

	private final StallCheck check;

	private final StepWaiters waiters = new StepWaiters();

	private final StepDraft draft = new StepDraft();

	private final UnderwaySteps underway = new UnderwaySteps();

	private boolean dirty;

	private boolean closed;

	private long number;

	private long taken;

	/** Highest number of the agent in the latest step. */
	private long received;

	private long storedAcknowledged;

	private @Nullable Disposable retry;

	/** Whether another pod has said that it owns the session, and the peer not yet. */
	private boolean moved;

	private long movedAt;

	CommitPipeline(StreamContext context, ReceiveWindow receiveWindow, PeerStorage storage, Listener listener) {
		this.context = context;
		this.receiveWindow = receiveWindow;
		this.log = context.sendQueue().log();
		this.storage = storage;
		this.listener = listener;
		this.delay = new StepDelay(context.loop());
		this.check = new StallCheck(context.loop(), this.underway::first, this::stalled);
	}

	/** Goes on with the steps and records of the owner before. */
	void restore(StoredSession session) {
		this.number = session.commit();
		this.taken = session.taken();
		this.received = session.received();
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
		return !this.underway.isEmpty();
	}

	/**
	 * Whether the next step may begin: none is underway, or what waits is at least half
	 * of the latest one, and no outcome is in doubt. So a turn that has little to store
	 * does not pay for a step of its own, and the work is spread over a few steps.
	 * @param sendable bytes that wait to get numbers, and get them with the next step
	 */
	boolean mayBegin(long sendable) {
		return this.underway.mayBegin(sendable + this.draft.weight());
	}

	/**
	 * Bytes that wait to be stored: records, frames that are passed on, and frames of
	 * this side as far as the log does not have them any more.
	 */
	long held() {
		long frames = this.draft.bytes() - this.draft.passed() + this.underway.bytes();
		return this.draft.passed() + this.underway.recordBytes() + Math.max(0, frames - this.log.bytes());
	}

	/** Lets the store forget the frames that were acknowledged since the latest step. */
	void trim() {
		if (this.draft.removes() || this.log.firstHeld() - 1 > this.storedAcknowledged) {
			this.dirty = true;
		}
	}

	/** Highest number of the agent that is durable, or in a step that is underway. */
	long received() {
		return this.received;
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
		this.underway.addKeys(keys);
		keys.removeIf((key) -> !which.test(key));
		return keys;
	}

	/** Begins a new log: records of the log before are void, unless they outlive it. */
	void reset(String log, Predicate<String> outlives) {
		this.draft.reset(log, outlives);
		this.underway.outdate();
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
			this.waiters.add(this.number + 1, task);
		}
		else if (isUnderway()) {
			this.waiters.add(this.number, task);
		}
		else {
			task.run();
		}
	}

	/**
	 * Begins the next step, if there is something to store that does not wait for more.
	 * Model: calls.pml, step begin; frames.pml, step begin.
	 * @param may whether a step may begin now
	 */
	void flush(boolean may) {
		long acknowledged = this.log.firstHeld() - 1;
		this.draft.acknowledge(acknowledged);
		if (may && this.dirty && !this.closed && !this.delay.isOn(this.draft.bytes(), this.draft.records())) {
			List<QueuedFrame> frames = this.draft.frames();
			int passed = this.draft.passed();
			int bytes = this.draft.bytes() - passed;
			this.received = this.receiveWindow.received();
			Commit step = this.draft.take(++this.number, this.received, this.log.sent(), acknowledged, this.taken);
			this.dirty = false;
			this.delay.begun();
			this.storedAcknowledged = step.acknowledged();
			UnderwayStep begun = new UnderwayStep(step, frames, bytes, passed);
			this.underway.add(begun);
			write(begun);
			this.check.begin();
		}
	}

	private void write(UnderwayStep step) {
		// Nobody cancels the subscription: the outcome counts as long as the step is
		// underway.
		boolean first = this.underway.isFirst(step);
		this.storage.commit(step.commit())
			.subscribe(null, (error) -> this.context.loop().executeLater(() -> failed(step, error, first)),
					() -> this.context.loop().executeLater(() -> stored(step)));
	}

	/** The store has a step, and with it all before, whose replies may be missing. */
	private void stored(UnderwayStep step) {
		if (!this.underway.contains(step)) {
			return;
		}
		UnderwayStep early = this.underway.stored(step);
		if (early != null) {
			repeat(early);
		}
		confirmed();
	}

	/**
	 * Steps are durable, each with all before it: the tasks that have waited for them run
	 * now. A task that fails keeps no other from running. Model: calls.pml, step
	 * confirmed; frames.pml, step confirmed.
	 */
	private void confirmed() {
		try {
			for (Runnable task = this.waiters.next(durable()); task != null; task = this.waiters.next(durable())) {
				task.run();
			}
		}
		finally {
			if (this.waiters.areDue(durable())) {
				this.context.loop().executeLater(this::confirmed);
			}
			else {
				tellMoved();
			}
		}
	}

	/** Number of the latest durable step. */
	private long durable() {
		return isUnderway() ? this.underway.first() - 1 : this.number;
	}

	/**
	 * A step failed, or its outcome is unknown. The first one underway is repeated until
	 * its outcome is known; one behind it had to fail for want of it, and waits. A
	 * refusal of a step that was sent before the outcome of the one before was known says
	 * nothing of the owner, however late it comes, unless it is known that there is
	 * another one. Model: calls.pml, step repeat; frames.pml, step repeat; handshake.pml,
	 * step commit.
	 * @param first whether it was the first one underway when it was sent
	 */
	private void failed(UnderwayStep step, Throwable error, boolean first) {
		if (!this.underway.contains(step)) {
			return;
		}
		int failures = step.failed();
		if (!this.underway.isFirst(step)) {
			return;
		}
		if ((first || this.closed) && error instanceof FencedException fenced) {
			this.closed = true;
			this.listener.fenced(fenced.epoch());
			return;
		}
		if (logger.isDebugEnabled()) {
			logger.debug("A step of session " + this.context.session().id() + " is repeated", error);
		}
		this.retry = this.context.loop().schedule(() -> {
			if (this.underway.isFirst(step)) {
				repeat(step);
			}
		}, RETRIES.delay(failures));
	}

	/**
	 * The outcome of the oldest step is not known for long. A driver may have lost it, so
	 * the step is repeated once, unless it will be: that does nothing twice.
	 */
	private void stalled() {
		this.listener.stalled();
		UnderwayStep oldest = this.underway.oldest();
		if (oldest != null && !oldest.isFailed() && oldest.stalled()) {
			repeat(oldest);
		}
	}

	private void repeat(UnderwayStep step) {
		step.repeated();
		write(step);
	}

	/**
	 * Another pod says that the session has another owner. That counts once the outcome
	 * of the steps that are underway is known. Model: calls.pml, step moved.
	 */
	void moved(long epoch) {
		if (!this.closed) {
			this.closed = true;
			this.moved = true;
			this.movedAt = epoch;
			tellMoved();
		}
	}

	private void tellMoved() {
		if (this.moved && this.underway.isEmpty() && !this.waiters.areDue(this.number)) {
			this.moved = false;
			this.listener.fenced(this.movedAt);
		}
	}

	/** Frames that got a number and are not durable, in order. */
	List<QueuedFrame> notDurable() {
		List<QueuedFrame> all = this.underway.frames();
		all.addAll(this.draft.frames());
		return all;
	}

	/** Stops writing. */
	void close() {
		this.closed = true;
		this.moved = false;
		this.underway.clear();
		this.draft.clear();
		this.waiters.clear();
		this.dirty = false;
		this.delay.close();
		this.check.close();
		if (this.retry != null) {
			this.retry.dispose();
		}
	}

}
