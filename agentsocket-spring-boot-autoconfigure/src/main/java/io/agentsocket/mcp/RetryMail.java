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
 * parked in the other one: a byte with the kind, the number that the pod of the client
 * has given to the request, then what the kind needs.
 */
sealed interface RetryMail {

	/**
	 * How often a message that nothing makes up for is sent again: for some six seconds,
	 * in which the link has come back after a failover. It may arrive twice then.
	 */
	Retry AGAIN = Retry.backoff(5, Duration.ofMillis(200));

	/** The number of the request. */
	long number();

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
	 * The client has taken what it was told.
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

	/** Writes a message. */
	default Bytes toBytes() {
		try {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
			DataOutputStream out = new DataOutputStream(bytes);
			if (this instanceof Resume resume) {
				head(out, 1);
				write(out, resume.state());
				write(out, Bytes.utf8(resume.tool()));
				write(out, (resume.principal() != null) ? Bytes.utf8(resume.principal()) : null);
				out.writeBoolean(resume.progress());
				write(out, resume.responses());
			}
			else if (this instanceof Accepted) {
				head(out, 2);
			}
			else if (this instanceof Told told) {
				head(out, 3);
				out.writeInt(told.count());
				out.writeDouble(told.done());
				out.writeDouble((told.total() != null) ? told.total() : Double.NaN);
				write(out, told.text());
			}
			else if (this instanceof Taken taken) {
				head(out, 4);
				out.writeInt(taken.count());
			}
			else if (this instanceof Result result) {
				head(out, 5);
				write(out, result.members());
			}
			else if (this instanceof Questions questions) {
				head(out, 6);
				write(out, questions.members());
			}
			else if (this instanceof Refused refused) {
				head(out, 7);
				out.writeInt(refused.error().status());
				out.writeInt(refused.error().code());
				write(out, Bytes.utf8(String.valueOf(refused.error().getMessage())));
				write(out, refused.error().data());
			}
			else {
				head(out, 8);
			}
			return Bytes.of(bytes.toByteArray());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void head(DataOutputStream out, int kind) throws IOException {
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
	 * @throws IllegalArgumentException if it is none that this version knows
	 */
	static RetryMail read(Bytes message) {
		try (DataInputStream in = new DataInputStream(
				new ByteArrayInputStream(message.array(), message.offset(), message.length()))) {
			int kind = in.readByte();
			long number = in.readLong();
			return switch (kind) {
				case 1 -> new Resume(number, bytes(in), bytes(in).toUtf8(), text(in), in.readBoolean(), bytes(in));
				case 2 -> new Accepted(number);
				case 3 -> told(number, in);
				case 4 -> new Taken(number, in.readInt());
				case 5 -> new Result(number, bytes(in));
				case 6 -> new Questions(number, bytes(in));
				case 7 ->
					new Refused(number, new RpcError(in.readInt(), in.readInt(), bytes(in).toUtf8(), optional(in)));
				case 8 -> new Left(number);
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
