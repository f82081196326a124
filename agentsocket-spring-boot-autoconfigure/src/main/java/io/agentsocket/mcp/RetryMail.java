package io.agentsocket.mcp;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import reactor.util.retry.Retry;

/**
 * A message between two pods about a request that came to one of them, and whose call is
 * parked in the other one: a byte with the form, a byte with the kind, the number that
 * the pod of the client has given to the request, then the fields of the kind.
 *
 * <p>
 * Two versions of an application run side by side while it is deployed. A change of what
 * a kind needs is another form, and a pod reads no form but its own. The head is the same
 * in all forms, so that a message that cannot be read ends the request that it is about.
 */
sealed interface RetryMail {

	/** The form that this version writes and reads. Kinds keep their numbers. */
	int FORM = 16;

	int RESUME = 1;

	int ACCEPTED = 2;

	int TOLD = 3;

	int TAKEN = 4;

	int RESULT = 5;

	int QUESTIONS = 6;

	int REFUSED = 7;

	int LEFT = 8;

	int CHECK = 9;

	int GENUINE = 10;

	/**
	 * How often a message that nothing makes up for is sent again: for some six seconds,
	 * in which the link has come back after a failover. It may arrive twice then.
	 */
	Retry AGAIN = Retry.backoff(5, Duration.ofMillis(200));

	/** The number of the request. */
	long number();

	/**
	 * Asks the pod of a call whether it has written a state, before anything is held for
	 * the client that has brought it.
	 *
	 * @param number number of the request
	 * @param state the state
	 * @param tool name of the action that the client names
	 * @param principal name of its principal, or {@code null}
	 */
	record Check(long number, Bytes state, String tool, @Nullable String principal) implements RetryMail {
	}

	/**
	 * The pod of the call has written the state.
	 *
	 * @param number number of the request
	 */
	record Genuine(long number) implements RetryMail {
	}

	/**
	 * A client brings answers.
	 *
	 * @param number number of the request
	 * @param state the state that it brings
	 * @param tool name of the action that it names
	 * @param principal name of its principal, or {@code null}
	 * @param progress whether it wants to know how far the call has come
	 * @param responses its responses, one JSON object, or empty
	 */
	record Resume(long number, Bytes state, String tool, @Nullable String principal, boolean progress,
			Bytes responses) implements RetryMail {
	}

	/**
	 * The pod of the call is there, and goes on with it.
	 *
	 * @param number number of the request
	 */
	record Accepted(long number) implements RetryMail {
	}

	/**
	 * How far the call has come.
	 *
	 * @param number number of the request
	 * @param count how many messages of this kind there were, this one included: some may
	 * be lost
	 * @param done units done
	 * @param total units in all, or {@code null}
	 * @param text a literal, or {@code null}
	 */
	record Told(long number, int count, double done, @Nullable Double total,
			@Nullable Bytes text) implements RetryMail {
	}

	/**
	 * The client has taken its events.
	 *
	 * @param number number of the request
	 * @param count how many messages in all, those that were lost on their way included
	 */
	record Taken(long number, int count) implements RetryMail {
	}

	/**
	 * The result of the call.
	 *
	 * @param number number of the request
	 * @param members members of the result
	 */
	record Result(long number, Bytes members) implements RetryMail {
	}

	/**
	 * The next questions of the call.
	 *
	 * @param number number of the request
	 * @param members members of the result
	 */
	record Questions(long number, Bytes members) implements RetryMail {
	}

	/**
	 * The request is wrong, or nobody can go on.
	 *
	 * @param number number of the request
	 * @param error the answer
	 */
	record Refused(long number, RpcError error) implements RetryMail {
	}

	/**
	 * The client has closed the response before it was complete.
	 *
	 * @param number number of the request
	 */
	record Left(long number) implements RetryMail {
	}

	/**
	 * A message in a form that only another version reads.
	 *
	 * @param number number of the request
	 * @param kind the kind
	 */
	record Foreign(long number, int kind) implements RetryMail {

		/** Whether it asks this pod to do something for a client of the other one. */
		boolean isRequest() {
			return this.kind == CHECK || this.kind == RESUME;
		}

		/** Whether it tells that a client has left. */
		boolean isLeft() {
			return this.kind == LEFT;
		}

	}

	/** Writes a message. */
	default Bytes toBytes() {
		try {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
			DataOutputStream out = new DataOutputStream(bytes);
			if (this instanceof Resume resume) {
				head(out, RESUME);
				write(out, resume.state());
				write(out, Bytes.utf8(resume.tool()));
				write(out, (resume.principal() != null) ? Bytes.utf8(resume.principal()) : null);
				out.writeBoolean(resume.progress());
				write(out, resume.responses());
			}
			else if (this instanceof Accepted) {
				head(out, ACCEPTED);
			}
			else if (this instanceof Told told) {
				head(out, TOLD);
				out.writeInt(told.count());
				out.writeDouble(told.done());
				out.writeDouble((told.total() != null) ? told.total() : Double.NaN);
				write(out, told.text());
			}
			else if (this instanceof Taken taken) {
				head(out, TAKEN);
				out.writeInt(taken.count());
			}
			else if (this instanceof Result result) {
				head(out, RESULT);
				write(out, result.members());
			}
			else if (this instanceof Questions questions) {
				head(out, QUESTIONS);
				write(out, questions.members());
			}
			else if (this instanceof Refused refused) {
				head(out, REFUSED);
				out.writeInt(refused.error().status());
				out.writeInt(refused.error().code());
				write(out, Bytes.utf8(String.valueOf(refused.error().getMessage())));
				write(out, refused.error().data());
			}
			else if (this instanceof Left) {
				head(out, LEFT);
			}
			else if (this instanceof Check check) {
				head(out, CHECK);
				write(out, check.state());
				write(out, Bytes.utf8(check.tool()));
				write(out, (check.principal() != null) ? Bytes.utf8(check.principal()) : null);
			}
			else if (this instanceof Genuine) {
				head(out, GENUINE);
			}
			else {
				throw new IllegalStateException("A message of another version is not sent on");
			}
			return Bytes.of(bytes.toByteArray());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void head(DataOutputStream out, int kind) throws IOException {
		out.writeByte(FORM);
		out.writeByte(kind);
		out.writeLong(number());
	}

	private static void write(DataOutputStream out, @Nullable Bytes bytes) throws IOException {
		out.writeInt((bytes != null) ? bytes.length() : -1);
		if (bytes != null) {
			out.write(bytes.array(), bytes.offset(), bytes.length());
		}
	}

	/**
	 * Read a message.
	 * @return the message, or that it is one of another version
	 * @throws IllegalArgumentException if it is cut off, or of no kind
	 */
	static RetryMail read(Bytes message) {
		try (DataInputStream in = new DataInputStream(
				new ByteArrayInputStream(message.array(), message.offset(), message.length()))) {
			int form = in.readByte();
			int kind = in.readByte();
			long number = in.readLong();
			if (form != FORM) {
				return new Foreign(number, kind);
			}
			return switch (kind) {
				case RESUME -> new Resume(number, bytes(in), bytes(in).toUtf8(), text(in), in.readBoolean(), bytes(in));
				case ACCEPTED -> new Accepted(number);
				case TOLD -> told(number, in);
				case TAKEN -> new Taken(number, in.readInt());
				case RESULT -> new Result(number, bytes(in));
				case QUESTIONS -> new Questions(number, bytes(in));
				case REFUSED ->
					new Refused(number, new RpcError(in.readInt(), in.readInt(), bytes(in).toUtf8(), optional(in)));
				case LEFT -> new Left(number);
				case CHECK -> new Check(number, bytes(in), bytes(in).toUtf8(), text(in));
				case GENUINE -> new Genuine(number);
				default -> throw new IllegalArgumentException("No kind of message about a request: " + kind);
			};
		}
		catch (IOException ex) {
			throw new IllegalArgumentException("The message is cut off", ex);
		}
	}

	private static Told told(long number, DataInputStream in) throws IOException {
		int count = in.readInt();
		double done = in.readDouble();
		double total = in.readDouble();
		return new Told(number, count, done, Double.isNaN(total) ? null : (Double) total, optional(in));
	}

	private static Bytes bytes(DataInputStream in) throws IOException {
		Bytes bytes = optional(in);
		return (bytes != null) ? bytes : Bytes.EMPTY;
	}

	private static @Nullable String text(DataInputStream in) throws IOException {
		Bytes bytes = optional(in);
		return (bytes != null) ? bytes.toUtf8() : null;
	}

	private static @Nullable Bytes optional(DataInputStream in) throws IOException {
		int length = in.readInt();
		if (length > in.available()) {
			throw new IllegalArgumentException("The message is cut off");
		}
		return (length >= 0) ? Bytes.of(in.readNBytes(length)) : null;
	}

}
