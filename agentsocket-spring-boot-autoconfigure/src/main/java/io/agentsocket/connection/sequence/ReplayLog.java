package io.agentsocket.connection.sequence;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.StoredSession;
import org.jspecify.annotations.Nullable;

/**
 * The numbered frames that were sent and not yet acknowledged, one entry per message,
 * kept for a replay. Bounded by the receiver's window. Implements section 10 of
 * {@code docs/protocol.md}.
 */
public final class ReplayLog {

	/** A message beside its frames: an entry, a view, an array. */
	private static final int MESSAGE = 96;

	private static final class Entry {

		private final long first;

		private final long last;

		private final Bytes frames;

		private @Nullable Entry next;

		Entry(long first, long last, Bytes frames) {
			this.first = first;
			this.last = last;
			this.frames = frames;
		}

	}

	private @Nullable Entry oldest;

	private @Nullable Entry newest;

	private long sent;

	private long acknowledged;

	private int bytes;

	private int messages;

	/** Highest number given to a frame. */
	public long sent() {
		return this.sent;
	}

	/** Lowest number still held, or {@code sent + 1}. */
	public long firstHeld() {
		return this.acknowledged + 1;
	}

	/** Bytes that are not acknowledged. */
	public int bytes() {
		return this.bytes;
	}

	/** Bytes of the heap that these messages take: they may be small. */
	long held() {
		return this.bytes + (long) MESSAGE * this.messages;
	}

	/** Adds the numbered frames of a message. */
	public void append(int count, Bytes frames) {
		add(new Entry(this.sent + 1, this.sent + count, frames));
		this.sent += count;
	}

	private void add(Entry entry) {
		if (this.newest == null) {
			this.oldest = entry;
		}
		else {
			this.newest.next = entry;
		}
		this.newest = entry;
		this.bytes += entry.frames.length();
		this.messages++;
	}

	/** Take note of an acknowledgement; false when it cannot be true. */
	public boolean acknowledge(long received) {
		if (received > this.sent || received < this.acknowledged) {
			return false;
		}
		this.acknowledged = received;
		Entry entry = this.oldest;
		while (entry != null && entry.last <= received) {
			this.bytes -= entry.frames.length();
			this.messages--;
			entry = entry.next;
		}
		this.oldest = entry;
		if (entry == null) {
			this.newest = null;
		}
		return true;
	}

	/** The messages to send again: all frames after the acknowledged number. */
	public List<Bytes> unacknowledged(Limits limits) {
		List<Bytes> messages = new ArrayList<>();
		for (Entry entry = this.oldest; entry != null; entry = entry.next) {
			int skip = (int) Math.max(0, this.acknowledged + 1 - entry.first);
			messages.add((skip != 0) ? skip(entry.frames, skip, limits) : entry.frames);
		}
		return messages;
	}

	private static Bytes skip(Bytes frames, int count, Limits limits) {
		FrameReader reader = new FrameReader(frames, limits);
		int skipped = 0;
		for (int i = 0; i < count; i++) {
			reader.next();
			skipped += reader.frameSize();
		}
		return frames.slice(skipped, frames.length() - skipped);
	}

	/** Goes on with the log of the owner before. */
	public void restore(StoredSession session) {
		this.sent = session.sent();
		this.acknowledged = session.acknowledged();
		for (StoredSession.LogEntry entry : session.log()) {
			add(new Entry(entry.first(), entry.last(), entry.frames()));
		}
	}

	/** Starts anew: the next frame has the number 1. */
	public void clear() {
		this.oldest = null;
		this.newest = null;
		this.sent = 0;
		this.acknowledged = 0;
		this.bytes = 0;
		this.messages = 0;
	}

}
