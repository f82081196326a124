package io.agentsocket.connection;

import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.Reassembly;
import io.agentsocket.connection.stream.Stream;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.connection.takeover.PeerState;
import io.agentsocket.connection.takeover.SessionRecords;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * Takes the parts of payloads in, as long as there is room for them. Runs in the peer's
 * loop. Implements section 9.6 of {@code docs/protocol.md}.
 */
final class Parts {

	private final StreamTable streams;

	private final Reassembly reassembly;

	private final SessionRecords records;

	private final Admission admission;

	private final Holdings holdings;

	Parts(PeerState state, StreamContext context, Admission admission) {
		this.streams = state.streams();
		this.reassembly = state.reassembly();
		this.records = state.records();
		this.holdings = context.holdings();
		this.admission = admission;
	}

	/**
	 * Take a part in.
	 * @throws ProtocolException if the connection must be closed
	 */
	void receive(Frame.Part frame) {
		int id = frame.streamId();
		Stream stream = null;
		if (id != 0 && !this.streams.isOpening(id)) {
			if (this.streams.isRemote(id) && this.streams.isNewRemote(id)) {
				open(id);
			}
			else {
				stream = this.streams.find(id);
				if (stream == null) {
					return;
				}
			}
		}
		if (this.streams.isRefused(id)) {
			return;
		}
		if (id == 0) {
			this.records.recordPartial(0);
		}
		// An event or descriptor cannot be refused, and is one at a time.
		if (id != 0 && !this.holdings.mayHold(frame.body().length())) {
			refuse(id, stream, Admission.noRoom());
			return;
		}
		ErrorCode error = this.reassembly.add(id, frame.body());
		if (error != null) {
			if (id == 0) {
				this.reassembly.discard(id);
				throw new ProtocolException(CloseCode.TOO_LARGE, "An event or a descriptor exceeds the limit");
			}
			refuse(id, stream, (error == ErrorCode.TOO_LARGE) ? Admission.tooLarge()
					: new ActionException(error, "Unfinished items exceed the limit"));
		}
	}

	/** A part that opens a stream; its INVOKE follows. */
	private void open(int id) {
		this.streams.openRemote(id);
		if (this.streams.isFull()) {
			this.streams.refuse(id);
			this.admission.refuse(id,
					new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many open streams").retryable());
		}
		else {
			this.streams.opening(id);
		}
	}

	private void refuse(int id, @Nullable Stream stream, ActionException reason) {
		this.reassembly.discard(id);
		if (stream != null) {
			stream.breakOff(reason);
		}
		else {
			this.streams.refuse(id);
			this.admission.refuse(id, reason);
		}
	}

}
