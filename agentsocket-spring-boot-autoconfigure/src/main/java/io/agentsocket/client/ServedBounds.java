package io.agentsocket.client;

import io.agentsocket.connection.PeerBounds;
import io.agentsocket.protocol.Limits;

/**
 * Bounds of the invocations that a server has running on a client, questions among them:
 * each may have the arguments of a whole item, and ends only when the application wants
 * it to. Its result may be as large, and leaves only when the server wants it to.
 */
final class ServedBounds implements PeerBounds {

	/** Multiple of the limit of unfinished payloads: 64 MiB by default. */
	private static final int ASSEMBLIES = 16;

	private final long most;

	/**
	 * Create the bounds of a client.
	 * @param limits limits of the client as a receiver
	 */
	ServedBounds(Limits limits) {
		this.most = (long) ASSEMBLIES * limits.assembly();
	}

	@Override
	public boolean mayServe(long served, int arguments) {
		return served + arguments <= this.most;
	}

	@Override
	public boolean mayAnswer(long waiting, int more) {
		return waiting == 0 || waiting + more <= this.most;
	}

}
