package io.agentsocket.client;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * One attempt to connect, up to the WELCOME. One that was given up may still come to
 * something, since not everything can be called back: then it is not the present one any
 * more and is closed.
 */
final class Attempt {

	private @Nullable Disposable connecting;

	private volatile boolean upgraded;

	void connecting(Disposable running) {
		this.connecting = running;
	}

	/** The server has answered the upgrade. */
	void upgraded() {
		this.upgraded = true;
	}

	boolean isUpgraded() {
		return this.upgraded;
	}

	void dispose() {
		if (this.connecting != null) {
			this.connecting.dispose();
		}
	}

}
