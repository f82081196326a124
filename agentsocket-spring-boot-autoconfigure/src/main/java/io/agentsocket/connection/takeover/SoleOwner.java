package io.agentsocket.connection.takeover;

/**
 * A peer that has its session for itself: nothing is stored, and no other pod takes part.
 */
final class SoleOwner extends SessionRole {

	private final OwnershipHost host;

	SoleOwner(OwnershipHost host) {
		this.host = host;
	}

	@Override
	void flush() {
		this.host.sendAll();
	}

	@Override
	void close() {
		// Nothing is held.
	}

}
