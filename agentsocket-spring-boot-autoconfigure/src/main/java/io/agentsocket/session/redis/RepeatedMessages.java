package io.agentsocket.session.redis;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds messages that have arrived before. A driver of Redis that loses its connection
 * sends all commands again that were not answered, and some of them were carried out.
 * Remembers the latest numbers of each sender. Confined to the reader of one stream.
 */
final class RepeatedMessages {

	/**
	 * Numbers that are remembered of a sender, a multiple of 64: more than a stream
	 * holds, so that a number below them is one of a repetition.
	 */
	static final int WINDOW = 16 * 1024;

	/** Senders that are remembered; those that are dead send nothing more. */
	static final int MAX_SENDERS = 256;

	private final Map<String, Window> senders = new LinkedHashMap<>(16, 0.75f, true);

	/**
	 * Takes note of a message.
	 * @param sender name of the sender
	 * @param number number of the message among those of the sender, from 1
	 * @return {@code true} when it has arrived before
	 */
	boolean isRepeated(String sender, long number) {
		Window window = this.senders.computeIfAbsent(sender, (name) -> new Window());
		if (this.senders.size() > MAX_SENDERS) {
			this.senders.remove(this.senders.keySet().iterator().next());
		}
		return !window.add(number);
	}

	/** The latest numbers of one sender: a bit for each, and the highest of them. */
	private static final class Window {

		private final long[] seen = new long[WINDOW / Long.SIZE];

		private long highest;

		/** Adds a number; false when it was added before. */
		boolean add(long number) {
			if (number <= this.highest - WINDOW) {
				return false;
			}
			if (number - this.highest >= WINDOW) {
				Arrays.fill(this.seen, 0);
				this.highest = number;
			}
			while (this.highest < number) {
				this.highest++;
				this.seen[word(this.highest)] &= ~bit(this.highest);
			}
			boolean isNew = (this.seen[word(number)] & bit(number)) == 0;
			this.seen[word(number)] |= bit(number);
			return isNew;
		}

		private static int word(long number) {
			return (int) (number % WINDOW) / Long.SIZE;
		}

		private static long bit(long number) {
			return 1L << (number % Long.SIZE);
		}

	}

}
