package io.agentsocket.fuzz;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * A fuzzer of the frame reader and of both codecs. The first byte of an input chooses
 * what the rest is: bit 0 the codec, bit 1 whether it is a message or a payload. Whatever
 * the rest is, the outcome is a {@link ProtocolException} or {@link CodecException}, or a
 * value that is written and read again as the same.
 */
public final class WireFuzz {

	private static final int JSON = 1;

	/** Bit of the first byte: a payload follows. */
	static final int PAYLOAD = 2;

	/** Bytes of a number in CBOR that may be too long to be written. */
	private static final int LONG_NUMBER = 400;

	private static final Codec[] CODECS = { JacksonCodec.cbor(), JacksonCodec.json() };

	private WireFuzz() {
	}

	/** Inputs to begin with, by their names. */
	static Map<String, byte[]> seeds() {
		return Seeds.wire();
	}

	/**
	 * Check one input. Called by Jazzer under this name.
	 * @param input the input
	 */
	public static void fuzzerTestOneInput(byte[] input) {
		if (input.length == 0) {
			return;
		}
		Codec codec = CODECS[input[0] & JSON];
		Bytes rest = Bytes.of(input, 1, input.length - 1);
		if ((input[0] & PAYLOAD) != 0) {
			payload(codec, rest);
		}
		else {
			message(codec, rest);
		}
	}

	private static void message(Codec codec, Bytes message) {
		List<Frame> frames = new ArrayList<>();
		try {
			FrameReader reader = new FrameReader(message, Limits.SERVER);
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				frames.add(frame);
			}
		}
		catch (ProtocolException ex) {
			require(ex.closeCode() == CloseCode.PROTOCOL || ex.closeCode() == CloseCode.TOO_LARGE, "closes with", ex);
			return;
		}
		require(!frames.isEmpty(), "no frame", message);
		again(frames);
		frames.forEach((frame) -> payloads(frame).forEach((payload) -> payload(codec, payload)));
	}

	private static void again(List<Frame> frames) {
		// Replacement characters take more bytes than what they stand for.
		if (frames.stream().anyMatch((frame) -> frame.toString().indexOf('\uFFFD') >= 0)) {
			return;
		}
		FrameWriter writer = new FrameWriter(0);
		for (int i = 0; i < frames.size(); i++) {
			writer.write(frames.get(i), i == frames.size() - 1);
		}
		FrameReader reader = new FrameReader(writer.take(), Limits.SERVER);
		for (Frame frame : frames) {
			require(frame.equals(reader.next()), "is written as another frame", frame);
		}
		require(reader.next() == null, "is written with more frames", frames);
	}

	/** The payloads of a frame, its metadata first. */
	static List<Bytes> payloads(Frame frame) {
		Bytes payload = Bytes.EMPTY;
		if (frame instanceof Frame.Hello hello) {
			payload = hello.body();
		}
		else if (frame instanceof Frame.Welcome welcome) {
			payload = welcome.body();
		}
		else if (frame instanceof Frame.Define define) {
			payload = define.descriptor();
		}
		else if (frame instanceof Frame.Event event) {
			payload = event.payload();
		}
		else if (frame instanceof Frame.Invoke invoke) {
			payload = invoke.arguments();
		}
		else if (frame instanceof Frame.Item item && item.type() == FrameType.DATA) {
			payload = item.body();
		}
		return List.of(frame.metadata(), payload);
	}

	private static void payload(Codec codec, Bytes payload) {
		value(codec, payload);
		map(codec, payload);
		metadata(codec, payload);
		hello(codec, payload);
		welcome(codec, payload);
	}

	private static void value(Codec codec, Bytes payload) {
		boolean well = accepts(() -> codec.verify(payload));
		Object value;
		try {
			value = codec.decode(payload, Object.class);
		}
		catch (CodecException ex) {
			return;
		}
		require(well, "is decoded, but not well-formed", payload);
		require(accepts(() -> codec.check(payload)), "is decoded, but not checked", payload);
		Bytes written;
		try {
			written = codec.encode(value);
		}
		catch (CodecException ex) {
			// A number is written with fewer digits than are read: sign, point and
			// exponent have to fit, too.
			require(payload.length() > LONG_NUMBER, "cannot be written", ex);
			return;
		}
		Object again = codec.decode(written, Object.class);
		require(same(value, again), value + " is written and read as", String.valueOf(again));
	}

	private static void map(Codec codec, Bytes payload) {
		boolean well = accepts(() -> codec.verifyMap(payload));
		Map<String, Object> map;
		try {
			map = codec.decodeMap(payload);
		}
		catch (CodecException ex) {
			return;
		}
		require(well, "is decoded as a map, but is not well-formed", payload);
		Map<String, Object> again = codec.decodeMap(codec.encodeMap(map));
		require(same(map, again), map + " is written and read as", again);
	}

	private static void metadata(Codec codec, Bytes bytes) {
		Metadata metadata;
		try {
			metadata = codec.decodeMetadata(bytes);
		}
		catch (CodecException ex) {
			return;
		}
		Metadata again = codec.decodeMetadata(codec.encodeMetadata(metadata));
		require(metadata.toString().equals(again.toString()), metadata + " is written and read as", again);
	}

	private static void hello(Codec codec, Bytes body) {
		Hello hello;
		try {
			hello = Hello.decode(codec, body);
		}
		catch (CodecException ex) {
			return;
		}
		require(hello.equals(Hello.decode(codec, hello.encode(codec))), "HELLO is written and read as another", hello);
	}

	private static void welcome(Codec codec, Bytes body) {
		Welcome welcome;
		try {
			welcome = Welcome.decode(codec, body);
		}
		catch (CodecException ex) {
			return;
		}
		require(welcome.equals(Welcome.decode(codec, welcome.encode(codec))), "WELCOME is written and read as another",
				welcome);
	}

	private static boolean accepts(Runnable check) {
		try {
			check.run();
			return true;
		}
		catch (CodecException ex) {
			return false;
		}
	}

	/** Equal, with arrays by their bytes and numbers by their values. */
	private static boolean same(@Nullable Object one, @Nullable Object other) {
		if (one instanceof byte[] bytes && other instanceof byte[] others) {
			return Arrays.equals(bytes, others);
		}
		if (one instanceof Number && other instanceof Number) {
			return one.equals(other) || new BigDecimal(one.toString()).compareTo(new BigDecimal(other.toString())) == 0;
		}
		if (one instanceof List<?> list && other instanceof List<?> others) {
			if (list.size() != others.size()) {
				return false;
			}
			for (int i = 0; i < list.size(); i++) {
				if (!same(list.get(i), others.get(i))) {
					return false;
				}
			}
			return true;
		}
		if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> others) {
			return map.keySet().equals(others.keySet())
					&& map.keySet().stream().allMatch((key) -> same(map.get(key), others.get(key)));
		}
		return Objects.equals(one, other);
	}

	private static void require(boolean condition, String what, Object value) {
		if (!condition) {
			throw new AssertionError(what + ": " + value);
		}
	}

}
