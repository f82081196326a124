package io.agentsocket.transport;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;

/**
 * Takes the masks off large messages of a client (RFC 6455, section 5.3), ahead of
 * Netty's decoder: that asks for access to the buffer with each eight bytes, which is the
 * most expensive part of receiving large arguments. The frames that go on have a mask of
 * zeros, which changes nothing and which Netty skips. Small frames pass as they are. This
 * reads only the lengths of frames; Netty checks them. Confined to the event loop of the
 * socket.
 */
final class MessageUnmasking extends ChannelInboundHandlerAdapter {

	/** Name of Netty's decoder of frames. */
	private static final String DECODER = "wsdecoder";

	private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

	/** Frames from this length on are worth it. */
	private static final int LARGE = 1024;

	private static final int MASKED = 0x80;

	private static final int LENGTH = 0x7F;

	private static final int LENGTH_16 = 126;

	private static final int LENGTH_64 = 127;

	/** Opcode and short length. */
	private static final int SHORT_HEADER = 2;

	private static final int MASK = 4;

	/** Bytes of the present header so far. */
	private int header;

	/** Bytes that the present header will have. */
	private int headerLength = SHORT_HEADER;

	private boolean masked;

	/** Length of the payload; while in it, its rest. */
	private long payload;

	private int mask;

	private boolean given;

	/** Whether frames cannot be followed any more. */
	private boolean lost;

	/**
	 * Takes part in a connection that has become a WebSocket just now, and on which
	 * nothing was received since.
	 */
	static void addTo(ChannelPipeline pipeline) {
		if (pipeline.get(DECODER) != null) {
			pipeline.addBefore(DECODER, null, new MessageUnmasking());
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof ByteBuf bytes && !this.lost) {
			read(bytes);
		}
		context.fireChannelRead(message);
	}

	private void read(ByteBuf bytes) {
		int at = bytes.readerIndex();
		int end = bytes.writerIndex();
		while (at < end && !this.lost) {
			if (this.header < this.headerLength) {
				readHeader(bytes, at);
				at++;
			}
			else {
				int length = (int) Math.min(this.payload, end - at);
				if (this.mask != 0) {
					unmask(bytes, at, length);
				}
				at += length;
				this.payload -= length;
			}
			if (this.header == this.headerLength && this.payload == 0) {
				this.header = 0;
				this.headerLength = SHORT_HEADER;
				this.mask = 0;
			}
		}
	}

	private void readHeader(ByteBuf bytes, int at) {
		int next = bytes.getByte(at) & 0xFF;
		this.header++;
		if (this.header == SHORT_HEADER) {
			this.masked = (next & MASKED) != 0;
			int length = next & LENGTH;
			int more = (length == LENGTH_16) ? Short.BYTES : (length == LENGTH_64) ? Long.BYTES : 0;
			this.payload = (more == 0) ? length : 0;
			this.given = more > 0;
			this.headerLength = SHORT_HEADER + more + (this.masked ? MASK : 0);
		}
		else if (this.header > SHORT_HEADER) {
			if (this.masked && this.header > this.headerLength - MASK) {
				readMask(bytes, at, next);
			}
			else {
				this.payload = this.payload << 8 | next;
				// Netty refuses such a frame, and all that comes after it.
				this.lost = this.payload < 0;
			}
		}
	}

	private void readMask(ByteBuf bytes, int at, int next) {
		if (this.given && this.payload >= LARGE) {
			this.mask = this.mask << 8 | next;
			bytes.setByte(at, 0);
		}
	}

	/** Afterwards the mask is turned to where the rest of the payload begins. */
	private void unmask(ByteBuf bytes, int at, int length) {
		ByteBuffer buffer = (bytes.nioBufferCount() == 1) ? bytes.internalNioBuffer(at, length) : null;
		int done = 0;
		if (buffer != null) {
			long twice = (this.mask & 0xFFFFFFFFL) << 32 | this.mask & 0xFFFFFFFFL;
			long pattern = (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) ? twice : Long.reverseBytes(twice);
			int start = buffer.position();
			for (; done <= length - Long.BYTES; done += Long.BYTES) {
				LONGS.set(buffer, start + done, (long) LONGS.get(buffer, start + done) ^ pattern);
			}
		}
		for (; done < length; done++) {
			bytes.setByte(at + done, bytes.getByte(at + done) ^ this.mask >>> 24 - 8 * (done & 3));
		}
		this.mask = Integer.rotateLeft(this.mask, 8 * (length & 3));
	}

}
