package io.agentsocket.protocol;

/**
 * Bounds of what one side accepts. Each bound is checked before what it bounds is
 * allocated. Implements section 23 of {@code docs/protocol.md}.
 *
 * @param message bytes of a WebSocket message
 * @param frame bytes of a frame
 * @param item bytes of an item, its PART frames included
 * @param assembly bytes of all unfinished items of a session
 * @param streams open streams that the peer may have
 * @param items items that the peer may send on a stream it opened before it needs CREDIT
 * @param window bytes of numbered frames that may be unacknowledged
 * @param aliases aliases that the peer may define
 * @param name bytes of a name
 * @param metadata bytes of a frame's metadata
 * @param depth nesting of a payload
 */
public record Limits(int message, int frame, int item, int assembly, int streams, int items, int window, int aliases,
		int name, int metadata, int depth) {

	/** Bytes of a HELLO frame. */
	public static final int HELLO = 8 * 1024;

	/** Bytes of the window that only control frames may use. */
	public static final int CONTROL_RESERVE = 4 * 1024;

	/** How deep invocations may nest. */
	public static final int INVOCATION_DEPTH = 8;

	/** Bytes of the largest window: twice as many are still an {@code int}. */
	public static final int MAX_WINDOW = 1 << 30;

	private static final int KB = 1024;

	/** Limits that an agent accepts by default. */
	public static final Limits CLIENT = new Limits(64 * KB, 16 * KB, 1024 * KB, 4096 * KB, 1024, 32, 256 * KB, 1024,
			128, 4 * KB, 32);

	/** Limits that a server accepts by default. */
	public static final Limits SERVER = new Limits(64 * KB, 16 * KB, 1024 * KB, 4096 * KB, 1024, 32, 256 * KB, 1024,
			128, 4 * KB, 32);

	/**
	 * Check the bounds against each other.
	 * @throws IllegalArgumentException naming the bound that does not fit
	 */
	public Limits {
		require(frame >= 1024 && frame <= 1 << 24, "frame must be 1 KiB to 16 MiB");
		require(message <= 1 << 26, "message must be at most 64 MiB");
		require(message >= frame, "message must be at least as large as frame (" + frame + "), not " + message);
		require(item <= 1 << 28, "item must be at most 256 MiB");
		require(item >= frame, "item must be at least as large as frame (" + frame + "), not " + item);
		require(assembly >= item, "assembly must be at least as large as item (" + item + "), not " + assembly);
		require(streams >= 0 && streams <= 1 << 20, "streams must be 0 to 1,048,576");
		require(items >= 0 && items <= 1 << 20, "items must be 0 to 1,048,576");
		require(window >= 32 * KB && window <= MAX_WINDOW, "window must be 32 KiB to 1 GiB");
		require(window >= 2 * frame, "window must be at least twice as large as frame (" + frame + "), not " + window);
		require(aliases >= 0 && aliases <= 1 << 20, "aliases must be 0 to 1,048,576");
		require(name >= 16 && name <= 1024, "name must be 16 to 1,024 bytes");
		require(metadata >= 256, "metadata must be at least 256 bytes");
		require(metadata <= frame, "metadata must be at most as large as frame (" + frame + "), not " + metadata);
		require(depth >= 4 && depth <= 500, "depth must be 4 to 500");
	}

	/**
	 * Limits that a side keeps to when it sends to a peer with these limits. The peer
	 * says what it accepts, and the sender has to hold that in its send queue, its replay
	 * log and its store. So the sender bounds it, whatever the peer says: by its own
	 * window; in the other cases by its own limit or the default of the protocol, the
	 * larger one, so that a side that accepts little may still send.
	 * @param own the limits of the side that sends
	 * @return limits that are nowhere above these
	 */
	public Limits boundedBy(Limits own) {
		int boundedItem = Math.min(this.item, Math.max(own.item, SERVER.item));
		int boundedFrame = Math.min(this.frame, boundedItem);
		int boundedWindow = Math.min(this.window, own.window);
		int boundedStreams = Math.min(this.streams, Math.max(own.streams, SERVER.streams));
		int boundedAliases = Math.min(this.aliases, Math.max(own.aliases, SERVER.aliases));
		boundedFrame = Math.min(boundedFrame, boundedWindow / 2);
		if (boundedItem == this.item && boundedFrame == this.frame && boundedWindow == this.window
				&& boundedStreams == this.streams && boundedAliases == this.aliases) {
			return this;
		}
		return new Limits(this.message, boundedFrame, boundedItem, this.assembly, boundedStreams, this.items,
				boundedWindow, boundedAliases, this.name, Math.min(this.metadata, boundedFrame), this.depth);
	}

	private static void require(boolean condition, String rule) {
		if (!condition) {
			throw new IllegalArgumentException(rule);
		}
	}

}
