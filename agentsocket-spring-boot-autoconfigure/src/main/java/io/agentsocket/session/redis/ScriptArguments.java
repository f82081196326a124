package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.netty.buffer.ByteBuf;

/**
 * The arguments of EVALSHA. They go from where they are straight into the buffer that is
 * sent, without an object for each in between. They can be written more than once: a
 * command whose connection breaks is sent again.
 */
final class ScriptArguments extends CommandArgs<byte[], byte[]> {

	/** Length, marks and two line ends of a short argument. */
	private static final int OVERHEAD = 16;

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
		out.writeByte('$');
		out.writeCharSequence(Integer.toString(value.remaining()), StandardCharsets.US_ASCII);
		end(out);
		// The position stays where it is.
		out.writeBytes(value.array(), value.arrayOffset() + value.position(), value.remaining());
		end(out);
	}

	private static void end(ByteBuf out) {
		out.writeByte('\r');
		out.writeByte('\n');
	}

}
