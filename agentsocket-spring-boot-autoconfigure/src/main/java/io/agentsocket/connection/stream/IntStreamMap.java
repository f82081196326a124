package io.agentsocket.connection.stream;

import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Streams by their ids, which are above 0. A stream is looked up for each frame, so there
 * is no box around the id. Open addressing, at most half full.
 *
 * <p>
 * A {@link java.util.HashMap} would take twice as long for a lookup and allocate 16 bytes
 * for it, and take 320 bytes of each session with four open streams, in place of 120.
 */
public final class IntStreamMap {

	private static final int[] NO_IDS = {};

	private static final @Nullable Stream[] NO_STREAMS = {};

	/** Half of the golden ratio: consecutive ids are spread evenly. */
	private static final int SPREAD = 0x9E3779B9;

	/**
	 * Slots of a map with up to 4 streams, as many as most sessions have open; a power of
	 * 2.
	 */
	private static final int FIRST_CAPACITY = 8;

	private int[] ids = NO_IDS;

	private @Nullable Stream[] streams = NO_STREAMS;

	private int size;

	/** How many streams there are. */
	public int size() {
		return this.size;
	}

	/** Whether there is no stream. */
	public boolean isEmpty() {
		return this.size == 0;
	}

	/** The stream with an id; null when there is none. */
	public @Nullable Stream get(int id) {
		int[] table = this.ids;
		if (table.length == 0) {
			return null;
		}
		int at = slot(id, table.length);
		while (table[at] != 0) {
			if (table[at] == id) {
				return this.streams[at];
			}
			at = (at + 1) & (table.length - 1);
		}
		return null;
	}

	/** Adds a stream, in place of one with the same id. */
	public void put(int id, Stream stream) {
		if (this.size >= this.ids.length / 2) {
			grow();
		}
		int at = find(id);
		if (this.ids[at] == 0) {
			this.ids[at] = id;
			this.size++;
		}
		this.streams[at] = stream;
	}

	/** Remove a stream, unless its id belongs to another one by now. */
	public void remove(int id, Stream stream) {
		if (this.size == 0) {
			return;
		}
		int at = find(id);
		if (this.ids[at] == 0 || this.streams[at] != stream) {
			return;
		}
		this.size--;
		close(at);
	}

	/**
	 * Moves the streams behind a slot, free now, that were put there because it was
	 * taken.
	 */
	private void close(int free) {
		int[] table = this.ids;
		int mask = table.length - 1;
		int gap = free;
		int at = (gap + 1) & mask;
		while (table[at] != 0) {
			int home = slot(table[at], table.length);
			if (((at - home) & mask) >= ((at - gap) & mask)) {
				table[gap] = table[at];
				this.streams[gap] = this.streams[at];
				gap = at;
			}
			at = (at + 1) & mask;
		}
		table[gap] = 0;
		this.streams[gap] = null;
	}

	/** The slot of an id, or the free one that is for it. */
	private int find(int id) {
		int[] table = this.ids;
		int at = slot(id, table.length);
		while (table[at] != 0 && table[at] != id) {
			at = (at + 1) & (table.length - 1);
		}
		return at;
	}

	private static int slot(int id, int capacity) {
		return (id * SPREAD) >>> (Integer.numberOfLeadingZeros(capacity) + 1);
	}

	private void grow() {
		int[] formerIds = this.ids;
		@Nullable Stream[] formerStreams = this.streams;
		int capacity = Math.max(FIRST_CAPACITY, formerIds.length * 2);
		this.ids = new int[capacity];
		this.streams = new Stream[capacity];
		for (int i = 0; i < formerIds.length; i++) {
			if (formerIds[i] != 0) {
				int at = find(formerIds[i]);
				this.ids[at] = formerIds[i];
				this.streams[at] = formerStreams[i];
			}
		}
	}

	/** Adds all streams to a collection. */
	public void addTo(Collection<Stream> all) {
		Arrays.stream(this.streams).filter(Objects::nonNull).forEach(all::add);
	}

	/** Removes all streams. */
	public void clear() {
		this.ids = NO_IDS;
		this.streams = NO_STREAMS;
		this.size = 0;
	}

}
