package io.agentsocket.mcp;

/**
 * Tells the call that a request waits for that its client has gone, whichever of the two
 * comes first. Thread-safe.
 */
final class CallerDeparture {

	private static final Runnable NOTHING = () -> {
	};

	private Runnable hearing = NOTHING;

	private boolean gone;

	/** Sets the task for when the client has gone; it runs at once, when it has. */
	void onGone(Runnable hearing) {
		synchronized (this) {
			this.hearing = hearing;
			if (!this.gone) {
				return;
			}
		}
		hearing.run();
	}

	/** The client has gone. */
	void gone() {
		Runnable told;
		synchronized (this) {
			if (this.gone) {
				return;
			}
			this.gone = true;
			told = this.hearing;
		}
		told.run();
	}

}
