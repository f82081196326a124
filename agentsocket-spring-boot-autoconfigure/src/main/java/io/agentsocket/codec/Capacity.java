package io.agentsocket.codec;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Varint;

/**
 * Limits of the sender of HELLO or WELCOME as a receiver. Each component is -1 when it
 * was not said and the default holds. Implements section 6 of {@code docs/protocol.md}.
 *
 * @param window unacknowledged bytes that the receiver may have in flight
 * @param message bytes of the largest message
 * @param frame bytes of the largest frame
 * @param item bytes of the largest item, argument map, event payload or descriptor
 * @param items items that the receiver may send as a caller on each stream before it
 * needs CREDIT
 * @param streams streams opened by the receiver that may be open at once
 */
@Internal
public record Capacity(long window, long message, long frame, long item, long items, long streams) {

	/** Nothing was said. */
	public static final Capacity DEFAULT = new Capacity(-1, -1, -1, -1, -1, -1);

	private static final long MIN_WINDOW = 32 * 1024;

	private static final long MIN_FRAME = 1024;

	private static final long MIN_MESSAGE = Expect.MIN_MESSAGE;

	/**
	 * The part of limits that is told to the peer; limits that equal a default are left
	 * out.
	 * @param limits the limits of the sender
	 * @param defaults {@link Limits#CLIENT} for HELLO, {@link Limits#SERVER} for WELCOME
	 * @return the limits to send
	 */
	public static Capacity of(Limits limits, Limits defaults) {
		return new Capacity(told(limits.window(), defaults.window()), told(limits.message(), defaults.message()),
				told(limits.frame(), defaults.frame()), told(limits.item(), defaults.item()),
				told(limits.items(), defaults.items()), told(limits.streams(), defaults.streams()));
	}

	private static long told(int value, int ordinary) {
		return (value != ordinary) ? value : -1;
	}

	/**
	 * Limits that a sender to this peer keeps to: defaults filled in, values beyond what
	 * {@link Limits} can express cut to that.
	 * @param defaults {@link Limits#CLIENT} for a HELLO, {@link Limits#SERVER} for a
	 * WELCOME; also supplies what the capacity does not tell
	 * @return the limits of the peer
	 */
	public Limits limits(Limits defaults) {
		int item = effective(this.item, defaults.item(), 1 << 28);
		int frame = Math.min(effective(this.frame, defaults.frame(), 1 << 24), item);
		int message = Math.max(effective(this.message, defaults.message(), 1 << 26), frame);
		return new Limits(message, frame, item, Math.max(defaults.assembly(), item),
				effective(this.streams, defaults.streams(), 1 << 20), effective(this.items, defaults.items(), 1 << 20),
				effective(this.window, defaults.window(), Limits.MAX_WINDOW), defaults.aliases(), defaults.name(),
				Math.min(defaults.metadata(), frame), defaults.depth());
	}

	private static int effective(long told, int ordinary, int max) {
		return (told >= 0) ? (int) Math.min(told, max) : ordinary;
	}

	static Capacity read(Fields fields, Limits defaults) {
		long frame = fields.integer("frame", MIN_FRAME, Varint.MAX_INT);
		long effectiveFrame = (frame >= 0) ? frame : defaults.frame();
		long window = fields.integer("window", MIN_WINDOW, Varint.MAX_INT);
		long message = fields.integer("message", MIN_MESSAGE, Varint.MAX_INT);
		if (((window >= 0) ? window : defaults.window()) < 2 * effectiveFrame) {
			throw fields.failure("window", "smaller than two frames");
		}
		if (((message >= 0) ? message : defaults.message()) < effectiveFrame) {
			throw fields.failure("message", "smaller than a frame");
		}
		return new Capacity(window, message, frame, fields.integer("item", MIN_FRAME, Varint.MAX_INT),
				fields.integer("items", 0, Varint.MAX_COUNTER), fields.integer("streams", 0, Varint.MAX_INT));
	}

	void write(Fields.Writer writer) {
		writer.put("window", this.window)
			.put("message", this.message)
			.put("frame", this.frame)
			.put("item", this.item)
			.put("items", this.items)
			.put("streams", this.streams);
	}

}
