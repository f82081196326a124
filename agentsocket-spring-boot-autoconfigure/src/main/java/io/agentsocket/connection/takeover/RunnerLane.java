package io.agentsocket.connection.takeover;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.protocol.Bytes;

/**
 * The messages of the owner of a session that one of its runners has not confirmed. Until
 * it has, each message is a record of the session, so that the next owner goes on with
 * it. Each message names the message before it, so that the runner sees when one is
 * missing, whichever owner has sent it. Runs in the owner's loop.
 */
public final class RunnerLane {

	/** Bytes that are kept; a runner that lacks a message beyond them is given up. */
	private static final int MAX_BYTES = 1024 * 1024;

	/** A message that was sent so long ago should have arrived. */
	private static final long OVERDUE = Duration.ofSeconds(1).toNanos();

	/** A runner that misses a message for so long cannot go on. */
	private static final long STUCK = Duration.ofSeconds(3).toNanos();

	/**
	 * Gaps that a runner may report until it cannot go on: one every 2 s, and all is sent
	 * again for each.
	 */
	private static final int MAX_GAPS = 3;

	private final ArrayDeque<Message> kept = new ArrayDeque<>(2);

	private int bytes;

	private Place last = Place.NONE;

	private Place sent = Place.NONE;

	private int gaps;

	private long gapSince;

	/**
	 * Identity of a message: each owner counts its own messages.
	 *
	 * @param owner the owner that has made it, or empty
	 * @param number its number among those of this owner, from 1
	 */
	public record Place(String owner, long number) {

		public static final Place NONE = new Place("", 0);

		public static Place read(RecordFormat.Reader reader) {
			return new Place(reader.text(), reader.number());
		}

		RecordFormat.Writer write(RecordFormat.Writer writer) {
			return writer.text(this.owner).number(this.number);
		}

	}

	/** A message for the runner. */
	public static final class Message {

		/** Number of its record. */
		private final long record;

		private final Place place;

		private final Bytes body;

		private boolean sent;

		private long sentAt;

		private Message(long record, Place place, Bytes body) {
			this.record = record;
			this.place = place;
			this.body = body;
		}

		long record() {
			return this.record;
		}

		/** The place of this message, the place of the message before, and the frames. */
		public Bytes body() {
			return this.body;
		}

	}

	/**
	 * Make the next message.
	 * @param record number of its record
	 * @param place its identity
	 * @param frames its content
	 * @return the message
	 */
	public Message next(long record, Place place, Bytes frames) {
		RecordFormat.Writer writer = new RecordFormat.Writer();
		this.last.write(place.write(writer)).bytes(frames);
		return add(new Message(record, place, writer.take()));
	}

	/** Goes on with a message of the owner before. */
	public Message restore(long record, Bytes body) {
		return add(new Message(record, Place.read(new RecordFormat.Reader(body)), body));
	}

	private Message add(Message message) {
		this.kept.add(message);
		this.last = message.place;
		this.bytes += message.body.length();
		return message;
	}

	/**
	 * Forgets the oldest messages, as far as there is more than an owner keeps, and
	 * returns them.
	 */
	public List<Message> excess() {
		List<Message> forgotten = new ArrayList<>(0);
		// The latest one stays, however large: it shows the runner that something is
		// missing.
		while (this.bytes > MAX_BYTES && this.kept.size() > 1 && this.kept.getFirst().sent) {
			forgotten.add(remove());
		}
		return forgotten;
	}

	private Message remove() {
		Message first = this.kept.remove();
		this.bytes -= first.body.length();
		return first;
	}

	/** A message is durable and is sent now. */
	public void sent(Message message, long now) {
		message.sent = true;
		message.sentAt = now;
		this.sent = message.place;
	}

	/** The latest message that was sent. */
	public Place sent() {
		return this.sent;
	}

	/**
	 * The runner tells which messages it has. Model: frames.pml, step woken.
	 * @param place the latest message that it has
	 * @param missing whether it knows that one is missing
	 * @param now the time in nanoseconds
	 * @return the messages that it has, in order
	 */
	public List<Message> heard(Place place, boolean missing, long now) {
		int count = 0;
		int at = 0;
		for (Message message : this.kept) {
			at++;
			if (message.place.owner.equals(place.owner) && message.place.number <= place.number) {
				count = at;
			}
		}
		List<Message> confirmed = new ArrayList<>(count);
		for (int i = 0; i < count; i++) {
			confirmed.add(remove());
		}
		if (!missing || count > 0 || this.kept.isEmpty()) {
			this.gaps = 0;
		}
		else if (this.gaps++ == 0) {
			this.gapSince = now;
		}
		return confirmed;
	}

	/** Whether the runner misses a message that nobody has any more. */
	public boolean isBroken(long now) {
		return this.gaps > MAX_GAPS && now - this.gapSince > STUCK;
	}

	/** Bytes of the messages that the runner has not confirmed. */
	int held() {
		return this.bytes;
	}

	/** Whether all messages have arrived. */
	public boolean isEmpty() {
		return this.kept.isEmpty();
	}

	/**
	 * Forgets all messages: the runner is given up.
	 * @return the messages that it has not confirmed
	 */
	List<Message> clear() {
		List<Message> unconfirmed = List.copyOf(this.kept);
		this.kept.clear();
		this.bytes = 0;
		return unconfirmed;
	}

	/**
	 * Messages that should have arrived and have not, to be sent again in this order.
	 * Model: frames.pml, step resend.
	 * @param missing whether the runner knows that a message is missing
	 */
	public List<Message> overdue(long now, boolean missing) {
		Message first = this.kept.peek();
		if (first == null || !first.sent || (!missing && now - first.sentAt < OVERDUE)) {
			return List.of();
		}
		List<Message> again = this.kept.stream().filter((message) -> message.sent).toList();
		again.forEach((message) -> message.sentAt = now);
		return again;
	}

}
