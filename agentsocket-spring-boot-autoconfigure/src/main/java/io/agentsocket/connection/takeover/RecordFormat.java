package io.agentsocket.connection.takeover;

import java.io.ByteArrayOutputStream;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;

/**
 * The binary form of records, and of messages between pods: numbers, texts and frames in
 * a row. Not part of the protocol; pods of one session have the same version.
 */
public final class RecordFormat {

	/**
	 * Limits between pods, which trust each other: a frame that one pod has accepted is
	 * taken by all.
	 */
	public static final Limits TRUSTED = new Limits(1 << 26, 1 << 24, 1 << 28, Integer.MAX_VALUE, 1 << 20, 1 << 20,
			Limits.MAX_WINDOW, 1 << 20, 1024, 1 << 20, 500);

	private RecordFormat() {
	}

	/** Writes values, one behind the other. */
	public static final class Writer {

		private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

		private final FrameWriter frames = new FrameWriter(64);

		public Writer number(long value) {
			long rest = value;
			while (rest > 0x7F) {
				this.out.write((int) (rest & 0x7F) | 0x80);
				rest >>>= 7;
			}
			this.out.write((int) rest);
			return this;
		}

		public Writer text(String text) {
			return bytes(Bytes.utf8(text));
		}

		public Writer bytes(Bytes bytes) {
			number(bytes.length());
			this.out.write(bytes.array(), bytes.offset(), bytes.length());
			return this;
		}

		public Writer frame(Frame frame) {
			this.frames.write(frame, true);
			return bytes(this.frames.take());
		}

		public int size() {
			return this.out.size();
		}

		public Bytes take() {
			Bytes packed = Bytes.of(this.out.toByteArray());
			this.out.reset();
			return packed;
		}

	}

	/** Reads values in the order in which they were written. */
	public static final class Reader {

		private final Bytes packed;

		private int position;

		public Reader(Bytes packed) {
			this.packed = packed;
		}

		public boolean hasMore() {
			return this.position < this.packed.length();
		}

		public long number() {
			long value = 0;
			int shift = 0;
			while (true) {
				int next = this.packed.array()[this.packed.offset() + this.position++];
				value |= (long) (next & 0x7F) << shift;
				if (next >= 0) {
					return value;
				}
				shift += 7;
			}
		}

		public String text() {
			return bytes().toUtf8();
		}

		public Bytes bytes() {
			int length = (int) number();
			Bytes bytes = this.packed.slice(this.position, length);
			this.position += length;
			return bytes;
		}

		public Frame frame() {
			@Nullable Frame frame = new FrameReader(bytes(), TRUSTED).next();
			if (frame == null) {
				throw new IllegalStateException("A frame is missing");
			}
			return frame;
		}

	}

}
