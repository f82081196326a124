package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.netty.buffer.ByteBuf;

/**
 * The arguments of EVALSHA. They go from where they are straight into the buffer that is
 * sent, without an object for each in between. A step of a busy session has hundreds.
 */
final class ScriptArguments extends CommandArgs<byte[], byte[]> {

	/** Length, marks and two line ends of a short argument. */
	private static final int OVERHEAD = 16;

	/** Arguments below this length have their first lines made once: nearly all are. */
	private static final int SHORT = 256;

	private static final byte[][] HEADS = IntStream.range(0, SHORT)
		.mapToObj(ScriptArguments::head)
		.toArray(byte[][]::new);

	private static final int LINE_END = '\r' << 8 | '\n';

	private final Script script;

	private final List<ByteBuffer> keys;

	private final List<ByteBuffer> arguments;

	ScriptArguments(Script script, List<ByteBuffer> keys, List<ByteBuffer> arguments) {
		super(ByteArrayCodec.INSTANCE);
		this.script = script;
		this.keys = keys;
		this.arguments = arguments;
	}

	/** Digest and number of keys come first. */
	@Override
	public int count() {
		return 2 + this.keys.size() + this.arguments.size();
	}

	@Override
	public void encode(ByteBuf out) {
		out.ensureWritable(size());
		write(out, Values.of(this.script.digest()));
		write(out, Values.of(this.keys.size()));
		this.keys.forEach((key) -> write(out, key));
		this.arguments.forEach((argument) -> write(out, argument));
	}

	private int size() {
		int size = this.script.digest().length() + OVERHEAD * count();
		for (ByteBuffer key : this.keys) {
			size += key.remaining();
		}
		for (ByteBuffer argument : this.arguments) {
			size += argument.remaining();
		}
		return size;
	}

	private static void write(ByteBuf out, ByteBuffer value) {
		int length = value.remaining();
		if (length < SHORT) {
			out.writeBytes(HEADS[length]);
		}
		else {
			out.writeBytes(head(length));
		}
		// The position stays where it is.
		out.writeBytes(value.array(), value.arrayOffset() + value.position(), length);
		out.writeShort(LINE_END);
	}

	private static byte[] head(int length) {
		return ("$" + length + "\r\n").getBytes(StandardCharsets.US_ASCII);
	}

}
