package io.agentsocket.protocol;

import java.nio.charset.StandardCharsets;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Frame.Ref;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of one WebSocket message. Checks every rule of the envelope and
 * allocates nothing larger than the rest of the message. Not thread-safe. Implements
 * section 4 of {@code docs/protocol.md}.
 */
@Internal
public final class FrameReader {

	private static final int METADATA = 4;

	private static final int LENGTH = 2;

	private static final int END = 1;

	private final byte[] buffer;

	private final int end;

	private final Limits limits;

	private int position;

	private int frameStart;

	private int frameEnd;

	/**
	 * Create a reader.
	 * @param message the message; frames refer to its array
	 * @param limits limits of this side
	 * @throws ProtocolException if the message is empty or longer than allowed
	 */
	public FrameReader(Bytes message, Limits limits) {
		if (message.isEmpty()) {
			throw ProtocolException.violation("A message holds at least one frame");
		}
		if (message.length() > limits.message()) {
			throw ProtocolException.tooLarge("The message exceeds " + limits.message() + " bytes");
		}
		this.buffer = message.array();
		this.position = message.offset();
		this.end = message.offset() + message.length();
		this.limits = limits;
	}

	/**
	 * Read the next frame.
	 * @return the frame, or {@code null} at the end of the message
	 * @throws ProtocolException naming the rule that the bytes break
	 */
	public @Nullable Frame next() {
		if (this.position == this.end) {
			return null;
		}
		this.frameStart = this.position;
		this.frameEnd = this.end;
		int head = this.buffer[this.position++] & 0xFF;
		FrameType type = FrameType.of(head >>> 3);
		if (type == null) {
			throw ProtocolException.violation("Frame type " + (head >>> 3) + " is reserved");
		}
		boolean ends = (head & END) != 0;
		if (ends && !type.allowsEnd()) {
			throw ProtocolException.violation("E is not allowed on " + type);
		}
		if ((head & METADATA) != 0 && !type.allowsMetadata()) {
			throw ProtocolException.violation("Metadata is not allowed on " + type);
		}
		int streamId = type.hasStream() ? readInt("stream id") : 0;
		if (streamId == 0 && type.hasStream() && !type.allowsStreamZero()) {
			throw ProtocolException.violation("Stream id 0 is not allowed on " + type);
		}
		if ((head & LENGTH) != 0) {
			int length = readInt("length");
			// A frame that says it is too large is that, wherever its message ends.
			checkSize(type, (long) this.position - this.frameStart + length);
			if (length > this.end - this.position) {
				throw ProtocolException.violation("The length of a frame exceeds its message");
			}
			this.frameEnd = this.position + length;
		}
		else {
			checkSize(type, frameSize());
		}
		Frame frame = readContent(type, head, streamId);
		this.position = this.frameEnd;
		return frame;
	}

	/**
	 * Number of bytes of the frame that {@link #next()} returned last, its head included.
	 * @return the size on the wire
	 */
	public int frameSize() {
		return this.frameEnd - this.frameStart;
	}

	/**
	 * Index in the message's array at which the frame that {@link #next()} returned last
	 * starts.
	 * @return the index
	 */
	public int frameStart() {
		return this.frameStart;
	}

	private void checkSize(FrameType type, long size) {
		int most = type.isHandshake() ? Limits.HELLO : this.limits.frame();
		if (size > most) {
			throw ProtocolException.tooLarge(type + " exceeds " + most + " bytes");
		}
	}

	private Frame readContent(FrameType type, int head, int streamId) {
		boolean hasMetadata = (head & METADATA) != 0;
		if (type == FrameType.EXTENSION) {
			// Nobody here knows what is behind the stream id, but metadata is where it
			// always is.
			int content = this.position;
			if (hasMetadata) {
				readMetadataLength();
			}
			this.position = content;
			return new Frame.Extension(head >>> 3, streamId, hasMetadata, rest());
		}
		Bytes metadata = hasMetadata ? readMetadata() : Bytes.EMPTY;
		return readBody(type, streamId, (head & END) != 0, metadata);
	}

	private int readMetadataLength() {
		int length = readInt("metadata length");
		if (length > this.limits.metadata()) {
			throw ProtocolException.tooLarge("The metadata exceeds " + this.limits.metadata() + " bytes");
		}
		if (length > this.frameEnd - this.position) {
			throw ProtocolException.violation("The metadata exceeds its frame");
		}
		return length;
	}

	private Bytes readMetadata() {
		int length = readMetadataLength();
		if (length == 0) {
			throw ProtocolException.violation("The metadata is empty although M is set");
		}
		Bytes metadata = Bytes.of(this.buffer, this.position, length);
		this.position += length;
		return metadata;
	}

	private Frame readBody(FrameType type, int streamId, boolean ends, Bytes metadata) {
		return switch (type) {
			case HELLO -> new Frame.Hello(rest());
			case WELCOME -> new Frame.Welcome(rest());
			case ACK -> readAck(ends);
			case GOAWAY -> new Frame.GoAway(readInt("code"), readInt("drain"), readInt("spread"), restText());
			case DEFINE -> readDefine(metadata);
			case EVENT -> new Frame.Event(readRef(), metadata, rest());
			case INVOKE -> new Frame.Invoke(streamId, ends, readRef(), metadata, rest());
			case DATA, TEXT, BYTES -> readItem(type, streamId, ends, metadata);
			case ERROR -> readError(streamId, metadata);
			case INTERRUPT -> readInterrupt(streamId, metadata);
			case CREDIT -> readCredit(streamId);
			case PART -> readPart(streamId);
			case EXTENSION -> throw new IllegalArgumentException("Not to be interpreted: " + type);
		};
	}

	private Frame readAck(boolean answer) {
		long received = readCounter("acknowledged number");
		long sent = (this.position < this.frameEnd) ? readCounter("sent number") : -1;
		exhausted("ACK");
		return new Frame.Ack(received, sent, answer);
	}

	private Frame readDefine(Bytes metadata) {
		int alias = readInt("alias");
		int length = readInt("name length");
		String name = (length != 0) ? readText(length) : "";
		if (length != 0 && !Names.isValid(name)) {
			throw ProtocolException.violation("A name does not match " + Names.PATTERN);
		}
		Bytes descriptor = rest();
		if (alias == 0 && name.isEmpty()) {
			throw ProtocolException.violation("DEFINE needs an alias or a name");
		}
		if (name.isEmpty() && !descriptor.isEmpty()) {
			throw ProtocolException.violation("A DEFINE that withdraws an alias carries no descriptor");
		}
		return new Frame.Define(alias, name, metadata, descriptor);
	}

	private Frame readItem(FrameType type, int streamId, boolean ends, Bytes metadata) {
		// Emptiness is judged by the receiver of the stream: PART frames may precede.
		return new Frame.Item(type, streamId, ends, metadata, rest());
	}

	private Frame readError(int streamId, Bytes metadata) {
		int code = readInt("error code");
		int flags = readInt("error flags");
		if (code == 0) {
			throw ProtocolException.violation("Error code 0 is not allowed");
		}
		return new Frame.Error(streamId, code, (flags & 1) != 0, (flags & 2) != 0, metadata, restText());
	}

	private Frame readInterrupt(int streamId, Bytes metadata) {
		int mode = readInt("interrupt mode");
		if (mode > Frame.Interrupt.AFTER_STEP) {
			throw ProtocolException.violation("Interrupt mode " + mode + " is not defined");
		}
		return new Frame.Interrupt(streamId, mode, metadata, restText());
	}

	private Frame readCredit(int streamId) {
		long items = readCounter("credit");
		if (items == 0) {
			throw ProtocolException.violation("CREDIT grants at least one item");
		}
		exhausted("CREDIT");
		return new Frame.Credit(streamId, items);
	}

	private Frame readPart(int streamId) {
		if (this.position == this.frameEnd) {
			throw ProtocolException.violation("PART is empty");
		}
		return new Frame.Part(streamId, rest());
	}

	private Ref readRef() {
		int ref = readInt("reference");
		if (ref <= 1) {
			throw ProtocolException.violation("A reference is neither alias 0 nor an empty name");
		}
		// A name that matches no pattern names nothing, which must not cost the
		// connection.
		return ((ref & 1) != 0) ? Ref.name(readText(ref >>> 1)) : Ref.alias(ref >>> 1);
	}

	private String readText(int length) {
		if (length > this.limits.name()) {
			throw ProtocolException.tooLarge("The name exceeds " + this.limits.name() + " bytes");
		}
		if (length > this.frameEnd - this.position) {
			throw ProtocolException.violation("The name exceeds its frame");
		}
		String name = new String(this.buffer, this.position, length, StandardCharsets.UTF_8);
		this.position += length;
		return name;
	}

	private Bytes rest() {
		return Bytes.of(this.buffer, this.position, this.frameEnd - this.position);
	}

	private String restText() {
		return (this.position < this.frameEnd) ? rest().toUtf8() : "";
	}

	private void exhausted(String what) {
		if (this.position != this.frameEnd) {
			throw ProtocolException.violation(what + " has bytes after its last field");
		}
	}

	private int readInt(String what) {
		return (int) readVarint(what, Varint.MAX_INT);
	}

	private long readCounter(String what) {
		return readVarint(what, Varint.MAX_COUNTER);
	}

	private long readVarint(String what, long max) {
		long value = 0;
		for (int shift = 0; shift <= 56; shift += 7) {
			if (this.position >= this.frameEnd) {
				throw ProtocolException.violation("The " + what + " is cut off");
			}
			int octet = this.buffer[this.position++];
			value |= (long) (octet & 0x7F) << shift;
			if (octet >= 0) {
				if (octet == 0 && shift > 0) {
					throw ProtocolException.violation("The " + what + " is not in its shortest form");
				}
				if (value > max) {
					break;
				}
				return value;
			}
		}
		throw ProtocolException.violation("The " + what + " is out of range");
	}

}
