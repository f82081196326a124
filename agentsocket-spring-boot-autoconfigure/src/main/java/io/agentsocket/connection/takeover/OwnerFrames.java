package io.agentsocket.connection.takeover;

import java.util.Arrays;

import io.agentsocket.connection.sequence.Fragmenter;
import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Turns the frames of a peer into the form in which the owner of its session takes them:
 * names in place of aliases, and events as a whole. Runs in the peer's loop.
 */
final class OwnerFrames {

	/**
	 * Marks an event that a call has sent, in place of the metadata, which events do not
	 * have.
	 */
	static final Bytes OF_CALL = Bytes.of(new byte[] { 1 });

	private final PeerState state;

	/** Parts of an event on its way to the owner; null when there are none. */
	private @Nullable Bytes eventParts;

	OwnerFrames(PeerState state) {
		this.state = state;
	}

	/** Bytes of the parts of an event that wait for the rest. */
	long held() {
		Bytes parts = this.eventParts;
		return (parts != null) ? parts.array().length : 0;
	}

	/**
	 * The form of a frame for the owner; null when it is not for the owner, or not yet.
	 */
	@Nullable Frame of(QueuedFrame queued) {
		Frame frame = queued.frame();
		if (frame instanceof Frame.GoAway) {
			return frame;
		}
		if (!frame.type().isNumbered()) {
			return null;
		}
		if (frame.streamId() == 0) {
			return ofSession(queued, frame);
		}
		if (frame instanceof Frame.Invoke invoke && invoke.ref().name() == null) {
			String name = this.state.theirAliases().name(invoke.ref().alias());
			return Frames.withRef(invoke, Frame.Ref.name((name != null) ? name : ""));
		}
		return frame;
	}

	/** An event goes to the owner as a whole. */
	private @Nullable Frame ofSession(QueuedFrame queued, Frame frame) {
		Bytes parts = this.eventParts;
		if (queued.isContinued() && parts == null) {
			// The other side has the first parts of the event. For that the owner begins
			// a new log.
			return null;
		}
		Bytes whole = join((parts != null) ? parts : Bytes.EMPTY, Fragmenter.payload(frame));
		this.eventParts = (frame instanceof Frame.Part) ? whole : null;
		if (!(frame instanceof Frame.Event event)) {
			// A descriptor: the owner makes its own.
			return null;
		}
		String name = (event.ref().name() != null) ? event.ref().name()
				: this.state.ownAliases().name(event.ref().alias());
		Bytes mark = queued.isCaused() ? OF_CALL : Bytes.EMPTY;
		return (name != null) ? new Frame.Event(Frame.Ref.name(name), mark, whole) : null;
	}

	private static Bytes join(Bytes first, Bytes second) {
		if (first.isEmpty()) {
			return second;
		}
		byte[] joined = Arrays.copyOf(first.toArray(), first.length() + second.length());
		System.arraycopy(second.array(), second.offset(), joined, first.length(), second.length());
		return Bytes.of(joined);
	}

}
