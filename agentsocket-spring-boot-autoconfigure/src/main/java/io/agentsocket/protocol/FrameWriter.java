package io.agentsocket.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Frame.Ref;

/**
 * Writes frames into one growing buffer: the bytes of a WebSocket message. Not
 * thread-safe. Implements section 4 of {@code docs/protocol.md}.
 */
@Internal
public final class FrameWriter {

	private static final int METADATA = 4;

	private static final int LENGTH = 2;

	private static final int END = 1;

	/** A larger buffer shrinks again. */
	private static final int MAX_KEPT = 1024;

	private byte[] buffer;

	private int position;

	/**
	 * Create a writer.
	 * @param capacity bytes to start with
	 */
	public FrameWriter(int capacity) {
		this.buffer = new byte[Math.max(capacity, 64)];
	}

	/**
	 * Number of bytes written.
	 * @return the number of bytes since the last {@link #take()}
	 */
	public int position() {
		return this.position;
	}

	/**
	 * Forget all that was written and not taken.
	 */
	public void reset() {
		this.position = 0;
	}

	/**
	 * Take the written bytes and start anew.
	 * @return the message; nothing else refers to its array
	 */
	public Bytes take() {
		int length = this.position;
		byte[] written = this.buffer;
		this.position = 0;
		if (length > MAX_KEPT && written.length - length < written.length / 8) {
			// A large message that fills the buffer is not copied.
			this.buffer = new byte[written.length];
			return Bytes.of(written, 0, length);
		}
		if (written.length > MAX_KEPT && length < written.length / 8) {
			// Large messages are over.
			this.buffer = new byte[written.length / 2];
		}
		return Bytes.of(Arrays.copyOf(written, length));
	}

	/**
	 * Largest number of bytes that a frame takes on the wire.
	 * @param frame the frame
	 * @return an upper bound, for accounting before it is written
	 */
	public static int bound(Frame frame) {
		return 16 + frame.metadata().length() + bodyBound(frame);
	}

	private static int bodyBound(Frame frame) {
		if (frame instanceof Frame.Item item) {
			return item.body().length();
		}
		if (frame instanceof Frame.Invoke invoke) {
			return refBound(invoke.ref()) + invoke.arguments().length();
		}
		if (frame instanceof Frame.Event event) {
			return refBound(event.ref()) + event.payload().length();
		}
		if (frame instanceof Frame.Define define) {
			return 10 + 3 * define.name().length() + define.descriptor().length();
		}
		if (frame instanceof Frame.Part part) {
			return part.body().length();
		}
		if (frame instanceof Frame.Error error) {
			return 10 + 3 * error.text().length();
		}
		if (frame instanceof Frame.Interrupt interrupt) {
			return 5 + 3 * interrupt.text().length();
		}
		if (frame instanceof Frame.GoAway goAway) {
			return 21 + 3 * goAway.text().length();
		}
		if (frame instanceof Frame.Hello hello) {
			return hello.body().length();
		}
		if (frame instanceof Frame.Welcome welcome) {
			return welcome.body().length();
		}
		if (frame instanceof Frame.Extension extension) {
			return extension.content().length();
		}
		return 16;
	}

	private static int refBound(Ref ref) {
		return 5 + ((ref.name() != null) ? 3 * ref.name().length() : 0);
	}

	/**
	 * Write a frame.
	 * @param frame the frame
	 * @param last whether it is the last frame of its message, which needs no length
	 * @return the number of bytes that it took
	 */
	public int write(Frame frame, boolean last) {
		int start = this.position;
		ensure(bound(frame));
		Bytes metadata = frame.metadata();
		int code = frame.type().code();
		boolean hasMetadata = !metadata.isEmpty();
		if (frame instanceof Frame.Extension extension) {
			code = extension.code();
			hasMetadata = extension.hasMetadata();
		}
		int head = code << 3 | (hasMetadata ? METADATA : 0) | (last ? 0 : LENGTH) | (frame.end() ? END : 0);
		this.buffer[this.position++] = (byte) head;
		if (frame.type().hasStream()) {
			varint(frame.streamId());
		}
		if (last) {
			content(frame, metadata);
		}
		else {
			contentWithLength(frame, metadata);
		}
		return this.position - start;
	}

	private void contentWithLength(Frame frame, Bytes metadata) {
		int at = this.position;
		// A single byte is enough for nearly all frames; a longer length moves the
		// content.
		this.position++;
		content(frame, metadata);
		int length = this.position - at - 1;
		int size = Varint.size(length);
		if (size > 1) {
			System.arraycopy(this.buffer, at + 1, this.buffer, at + size, length);
		}
		this.position = at;
		varint(length);
		this.position += length;
	}

	private void content(Frame frame, Bytes metadata) {
		if (!metadata.isEmpty()) {
			varint(metadata.length());
			bytes(metadata);
		}
		body(frame);
	}

	private void body(Frame frame) {
		if (frame instanceof Frame.Item item) {
			bytes(item.body());
		}
		else if (frame instanceof Frame.Invoke invoke) {
			ref(invoke.ref());
			bytes(invoke.arguments());
		}
		else if (frame instanceof Frame.Ack ack) {
			varint(ack.received());
			if (ack.sent() >= 0) {
				varint(ack.sent());
			}
		}
		else if (frame instanceof Frame.Credit credit) {
			varint(credit.items());
		}
		else if (frame instanceof Frame.Part part) {
			bytes(part.body());
		}
		else if (frame instanceof Frame.Error error) {
			varint(error.code());
			varint((error.retryable() ? 1 : 0) | (error.mayHaveRun() ? 2 : 0));
			utf8(error.text());
		}
		else if (frame instanceof Frame.Interrupt interrupt) {
			varint(interrupt.mode());
			utf8(interrupt.text());
		}
		else if (frame instanceof Frame.Event event) {
			ref(event.ref());
			bytes(event.payload());
		}
		else if (frame instanceof Frame.Define define) {
			byte[] name = define.name().getBytes(StandardCharsets.UTF_8);
			varint(define.alias());
			varint(name.length);
			bytes(Bytes.of(name));
			bytes(define.descriptor());
		}
		else if (frame instanceof Frame.GoAway goAway) {
			varint(goAway.code());
			varint(goAway.drain());
			varint(goAway.spread());
			utf8(goAway.text());
		}
		else if (frame instanceof Frame.Hello hello) {
			bytes(hello.body());
		}
		else if (frame instanceof Frame.Welcome welcome) {
			bytes(welcome.body());
		}
		else if (frame instanceof Frame.Extension extension) {
			bytes(extension.content());
		}
	}

	private void ref(Ref ref) {
		if (ref.name() != null) {
			byte[] name = ref.name().getBytes(StandardCharsets.UTF_8);
			varint((long) name.length << 1 | 1);
			bytes(Bytes.of(name));
		}
		else {
			varint((long) ref.alias() << 1);
		}
	}

	private void utf8(String text) {
		if (!text.isEmpty()) {
			bytes(Bytes.utf8(text));
		}
	}

	private void bytes(Bytes bytes) {
		System.arraycopy(bytes.array(), bytes.offset(), this.buffer, this.position, bytes.length());
		this.position += bytes.length();
	}

	private void varint(long value) {
		this.position = Varint.write(this.buffer, this.position, value);
	}

	private void ensure(int more) {
		int needed = this.position + more;
		if (needed > this.buffer.length) {
			this.buffer = Arrays.copyOf(this.buffer, Math.max(needed, 2 * this.buffer.length));
		}
	}

}
