package io.agentsocket.transport;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.RandomWebSocketFrameMaskGenerator;

/**
 * Frames and masks the messages of a client, as RFC 6455 (sections 5.2 and 5.3) demands
 * it, eight bytes at a time: in Netty's own encoder, which all other frames go through,
 * the mask is the most expensive part of sending large arguments. Without state.
 */
@Sharable
final class MessageMasking extends ChannelOutboundHandlerAdapter {

	static final MessageMasking INSTANCE = new MessageMasking();

	private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

	/** Opcode, length and mask. */
	private static final int MAX_HEADER = 14;

	private static final int FINAL_BINARY = 0x82;

	private static final int MASKED = 0x80;

	private static final int LENGTH_16 = 126;

	private static final int LENGTH_64 = 127;

	private MessageMasking() {
	}

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		if (message instanceof BinaryMessage binary) {
			ByteBuf encoded;
			try {
				encoded = encode(context.alloc(), binary.content());
			}
			finally {
				binary.release();
			}
			context.write(encoded, promise);
		}
		else {
			context.write(message, promise);
		}
	}

	private static ByteBuf encode(ByteBufAllocator allocator, ByteBuf content) {
		int length = content.readableBytes();
		int mask = RandomWebSocketFrameMaskGenerator.INSTANCE.nextMask();
		ByteBuf frame = allocator.directBuffer(MAX_HEADER + length);
		frame.writeByte(FINAL_BINARY);
		if (length < LENGTH_16) {
			frame.writeByte(MASKED | length);
		}
		else if (length <= 0xFFFF) {
			frame.writeByte(MASKED | LENGTH_16);
			frame.writeShort(length);
		}
		else {
			frame.writeByte(MASKED | LENGTH_64);
			frame.writeLong(length);
		}
		frame.writeInt(mask);
		int start = frame.writerIndex();
		mask(content.array(), content.arrayOffset() + content.readerIndex(), frame.internalNioBuffer(start, length),
				length, mask);
		frame.writerIndex(start + length);
		return frame;
	}

	private static void mask(byte[] source, int offset, ByteBuffer target, int length, int mask) {
		int start = target.position();
		long twice = (mask & 0xFFFFFFFFL) << 32 | mask & 0xFFFFFFFFL;
		int i = 0;
		for (; i <= length - Long.BYTES; i += Long.BYTES) {
			target.putLong(start + i, (long) LONGS.get(source, offset + i) ^ twice);
		}
		for (; i < length; i++) {
			target.put(start + i, (byte) (source[offset + i] ^ mask >>> 24 - 8 * (i & 3)));
		}
	}

}
