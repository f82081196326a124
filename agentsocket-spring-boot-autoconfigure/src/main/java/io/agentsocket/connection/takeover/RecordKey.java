package io.agentsocket.connection.takeover;

import org.jspecify.annotations.Nullable;

/**
 * The kinds of records that a session has beside its log. A key is the letter of its
 * kind, and an id, number or name behind it where there are several.
 */
public enum RecordKey {

	/** A call of the other side that is not answered; its stream id follows. */
	CALL('c', false),

	/** A call of this side; its stream id follows. */
	OWN_CALL('s', false),

	/** A payload that arrives in parts; its stream id follows, 0 is for events. */
	PARTIAL('p', false),

	/** An event or a descriptor that has left in part; 0 follows. */
	UNFINISHED('o', false),

	/** An alias that this side has defined; its number follows. */
	OWN_ALIAS('m', false),

	/** An alias that the other side has defined; its number follows. */
	THEIR_ALIAS('t', false),

	/** The outcome of a call; its idempotency key follows. */
	IDEMPOTENCY_KEY('k', true),

	/** The ids of streams that are used up. */
	STREAM_IDS('n', false),

	/** Limits of the other side. */
	LIMITS('l', false),

	/** Id of the log since the latest reset. */
	LOG('g', true),

	/** How far the oldest message of the inbox has left. */
	INBOX_PROGRESS('i', true),

	/** The last message that was taken of a runner; its name follows. */
	RUNNER('q', true),

	/** A message for a runner that has not confirmed it; a number follows. */
	TO_RUNNER('d', true),

	/** An action of one session, with the peer that has it; its name follows. */
	ACTION('x', true, "a"),

	/** Names of the events that the agent has subscribed to. */
	SUBSCRIPTIONS('x', false, "s");

	private final char letter;

	private final boolean outlivesReset;

	private final String prefix;

	RecordKey(char letter, boolean outlivesReset) {
		this(letter, outlivesReset, "");
	}

	RecordKey(char letter, boolean outlivesReset, String more) {
		this.letter = letter;
		this.outlivesReset = outlivesReset;
		this.prefix = letter + more;
	}

	/** The key of a record of which there is one. */
	public String key() {
		return this.prefix;
	}

	/**
	 * The key of one of several records.
	 * @param rest id or name of the record
	 */
	public String key(String rest) {
		return this.prefix + rest;
	}

	/**
	 * The key of one of several records.
	 * @param number id or number of the record
	 */
	public String key(long number) {
		return this.prefix + number;
	}

	/** Whether a key is of this kind. */
	public boolean isOf(String key) {
		return key.startsWith(this.prefix);
	}

	/** Rest of the key behind the beginning that all keys of this kind have. */
	public String restOf(String key) {
		return key.substring(this.prefix.length());
	}

	/** The kind of a key; {@code null} when a later version has made it. */
	static @Nullable RecordKey of(String key) {
		for (RecordKey kind : values()) {
			if (kind.isOf(key)) {
				return kind;
			}
		}
		return null;
	}

	/** Whether a record is kept when numbers start anew. */
	static boolean outlivesReset(String key) {
		RecordKey kind = of(key);
		return (kind != null) ? kind.outlivesReset : isForeign(key);
	}

	/** Whether a record belongs to the owner of the peer. */
	static boolean isForeign(String key) {
		return key.charAt(0) == ACTION.letter;
	}

	/** Rest of the key behind its letter. */
	static String rest(String key) {
		return key.substring(1);
	}

	/** The number that follows the letter of a key. */
	static int number(String key) {
		return Integer.parseInt(rest(key));
	}

}
