package io.agentsocket.connection.takeover;

import java.time.Duration;
import java.util.function.LongSupplier;

import io.agentsocket.connection.loop.PeerLoop;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Looks now and then at the oldest step that is underway; one that two looks find is
 * stalled. Runs in the peer's loop.
 */
final class StallCheck {

	/** A store that answers at all does so long before. */
	private static final Duration PERIOD = Duration.ofSeconds(5);

	private final PeerLoop loop;

	private final LongSupplier oldest;

	private final Runnable stalled;

	private @Nullable Disposable next;

	private long checked;

	/**
	 * Create a check that has not begun.
	 * @param loop loop of the peer
	 * @param oldest number of the oldest step that is underway, 0 if there is none
	 * @param stalled runs each time a look finds the step of the one before
	 */
	StallCheck(PeerLoop loop, LongSupplier oldest, Runnable stalled) {
		this.loop = loop;
		this.oldest = oldest;
		this.stalled = stalled;
	}

	/** Goes on as long as steps are underway. */
	void begin() {
		if (this.next == null) {
			this.next = this.loop.schedule(this::look, PERIOD);
		}
	}

	private void look() {
		this.next = null;
		long number = this.oldest.getAsLong();
		if (number == 0) {
			return;
		}
		if (number == this.checked) {
			this.stalled.run();
		}
		this.checked = number;
		begin();
	}

	void close() {
		if (this.next != null) {
			this.next.dispose();
			this.next = null;
		}
	}

}
