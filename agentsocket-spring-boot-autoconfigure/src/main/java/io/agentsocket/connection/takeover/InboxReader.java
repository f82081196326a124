package io.agentsocket.connection.takeover;

import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Inbox;
import org.apache.commons.logging.Log;

/**
 * Reads the inbox of a session in its order, one pull at a time and as long as there is
 * room in the send queue. Runs in the owner's loop.
 */
final class InboxReader {

	private static final Log logger = PrintableLog.of(InboxReader.class);

	/** Takes the messages that are read. */
	interface Taker {

		/**
		 * Takes a message of a runner.
		 * @param message the message
		 * @param at its place in the inbox
		 */
		void take(Bytes message, long at);

		/** All messages that a pull has found were taken. */
		void pulled();

		/** Nothing is left in the inbox for now. */
		void emptied();

	}

	private final StreamContext context;

	private final PeerStorage storage;

	private final CommitPipeline commits;

	private final Taker taker;

	/** Messages that were read so far. */
	private long read;

	private boolean pulling;

	private boolean again;

	/** Whether messages wait for room in the send queue. */
	private boolean blocked;

	private boolean closed;

	InboxReader(StreamContext context, PeerStorage storage, CommitPipeline commits, Taker taker) {
		this.context = context;
		this.storage = storage;
		this.commits = commits;
		this.taker = taker;
	}

	/** Reads the inbox, now or behind the pull that is underway. */
	void pull() {
		if (this.closed) {
			return;
		}
		if (this.pulling) {
			this.again = true;
			return;
		}
		this.again = false;
		this.pulling = true;
		this.storage.pull(Math.max(this.read, this.commits.taken()))
			.subscribe((inbox) -> this.context.loop().executeLater(() -> pulled(inbox)),
					(error) -> this.context.loop().executeLater(() -> notPulled(error)));
	}

	private void notPulled(Throwable error) {
		this.pulling = false;
		if (logger.isDebugEnabled()) {
			logger.debug("The inbox of session " + this.context.session().id() + " cannot be read", error);
		}
	}

	private void pulled(Inbox inbox) {
		this.pulling = false;
		if (this.closed) {
			return;
		}
		long at = inbox.taken();
		this.blocked = false;
		for (Bytes message : inbox.messages()) {
			at++;
			if (at <= Math.max(this.read, this.commits.taken())) {
				continue;
			}
			if (this.context.sendQueue().isFull()) {
				this.blocked = true;
				return;
			}
			this.read = at;
			this.taker.take(message, at);
		}
		this.taker.pulled();
		if (this.again) {
			pull();
		}
		else {
			this.taker.emptied();
		}
	}

	/** Goes on reading when there is room again. Called at the end of each turn. */
	void goOn() {
		if (this.blocked && !this.context.sendQueue().isFull()) {
			this.blocked = false;
			pull();
		}
	}

	/** Stops reading. */
	void close() {
		this.closed = true;
	}

}
