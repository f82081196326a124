package com.example.conformance.wire;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Makes messages of frames that are written as the golden vectors write them decoded. The
 * members {@code typeCode}, {@code length} and {@code body} are not looked at.
 */
public final class FrameMaker {

	private FrameMaker() {
	}

	/**
	 * Make a message.
	 * @param codec codec of the connection
	 * @param frames its frames
	 * @return its bytes
	 */
	public static byte[] encode(Codec codec, List<?> frames) {
		FrameWriter writer = new FrameWriter(256);
		for (int i = 0; i < frames.size(); i++) {
			writer.write(frame(codec, (Map<?, ?>) frames.get(i)), i == frames.size() - 1);
		}
		return writer.take().toArray();
	}

	/**
	 * The frames of an invocation, each for a message of its own: arguments of any size
	 * are there in PARTs.
	 * @param codec encodes the arguments
	 * @param stream id of its stream
	 * @param action name of the action
	 * @param arguments its arguments
	 * @param piece bytes of a PART
	 * @return the messages, in their order
	 */
	public static List<byte[]> invocation(Codec codec, int stream, String action, Map<String, ?> arguments, int piece) {
		Bytes whole = codec.encodeMap(arguments);
		List<byte[]> messages = new ArrayList<>();
		int from = 0;
		for (; whole.length() - from > piece; from += piece) {
			messages.add(message(new Frame.Part(stream, whole.slice(from, piece))));
		}
		Bytes rest = whole.slice(from, whole.length() - from);
		messages.add(message(new Frame.Invoke(stream, true, Frame.Ref.name(action), Bytes.EMPTY, rest)));
		return messages;
	}

	private static byte[] message(Frame frame) {
		FrameWriter writer = new FrameWriter(256);
		writer.write(frame, true);
		return writer.take().toArray();
	}

	/**
	 * Whether a frame has a number.
	 * @param frame the frame, decoded
	 * @return {@code true} for types from 4 on
	 */
	public static boolean isNumbered(Map<?, ?> frame) {
		return FrameType.valueOf(String.valueOf(frame.get("type"))).isNumbered();
	}

	private static Frame frame(Codec codec, Map<?, ?> members) {
		FrameType type = FrameType.valueOf(String.valueOf(members.get("type")));
		int stream = (int) number(members, "stream", 0);
		boolean end = members.get("end") == Boolean.TRUE;
		Bytes metadata = metadata(codec, members);
		return switch (type) {
			case HELLO -> new Frame.Hello(map(codec, members.get("map")));
			case WELCOME -> new Frame.Welcome(map(codec, members.get("map")));
			case ACK -> new Frame.Ack(number(members, "rx", 0), number(members, "tx", -1), end);
			case GOAWAY -> new Frame.GoAway((int) number(members, "code", 4000), number(members, "drain", 0),
					number(members, "spread", 0), text(members, "text"));
			case DEFINE -> new Frame.Define((int) number(members, "alias", 0), text(members, "name"), metadata,
					map(codec, members.get("descriptor")));
			case EVENT -> new Frame.Event(ref(members), metadata, value(codec, members, "payload"));
			case INVOKE -> new Frame.Invoke(stream, end, ref(members), metadata, map(codec, members.get("arguments")));
			case DATA -> new Frame.Item(type, stream, end, metadata, value(codec, members, "item"));
			case TEXT -> new Frame.Item(type, stream, end, metadata, Bytes.utf8(text(members, "text")));
			case BYTES -> new Frame.Item(type, stream, end, metadata, bytes(members.get("bytes")));
			case ERROR -> error(stream, metadata, members);
			case INTERRUPT ->
				new Frame.Interrupt(stream, (int) number(members, "mode", 0), metadata, text(members, "reason"));
			case CREDIT -> new Frame.Credit(stream, number(members, "items", 1));
			case PART -> new Frame.Part(stream, bytes(members.get("bytes")));
			case EXTENSION -> new Frame.Extension((int) number(members, "typeCode", FrameType.FIRST_EXTENSION), stream,
					false, bytes(members.get("bytes")));
		};
	}

	private static Frame error(int stream, Bytes metadata, Map<?, ?> members) {
		long flags = number(members, "flags", 0);
		return new Frame.Error(stream, (int) number(members, "code", 13), (flags & 1) != 0, (flags & 2) != 0, metadata,
				text(members, "text"));
	}

	private static Metadata.@Nullable Details details(@Nullable Object value) {
		if (!(value instanceof Map<?, ?> map)) {
			return null;
		}
		List<Violation> violations = new ArrayList<>();
		for (Object element : (List<?>) map.get("violations")) {
			Map<?, ?> violation = (Map<?, ?>) element;
			violations
				.add(new Violation(text(violation, "pointer"), text(violation, "rule"), text(violation, "message")));
		}
		return new Metadata.Details(violations, (String) map.get("correlation"));
	}

	private static long number(Map<?, ?> members, String name, long otherwise) {
		return (members.get(name) instanceof Number number) ? number.longValue() : otherwise;
	}

	private static String text(Map<?, ?> members, String name) {
		return (members.get(name) != null) ? String.valueOf(Values.expand(members.get(name))) : "";
	}

	private static Bytes bytes(@Nullable Object value) {
		if (value instanceof String hex) {
			return Bytes.of(HexFormat.of().parseHex(hex));
		}
		return (Values.expand(value) instanceof byte[] array) ? Bytes.of(array) : Bytes.EMPTY;
	}

	private static Bytes value(Codec codec, Map<?, ?> members, String name) {
		return members.containsKey(name) ? codec.encode(Values.expand(members.get(name))) : Bytes.EMPTY;
	}

	@SuppressWarnings("unchecked")
	private static Bytes map(Codec codec, @Nullable Object value) {
		return (value != null) ? codec.encodeMap((Map<String, ?>) Values.expand(value)) : Bytes.EMPTY;
	}

	private static Frame.Ref ref(Map<?, ?> members) {
		Map<?, ?> ref = (Map<?, ?>) members.get("ref");
		return (ref.get("name") instanceof String name) ? Frame.Ref.name(name)
				: Frame.Ref.alias(((Number) ref.get("alias")).intValue());
	}

	private static Bytes metadata(Codec codec, Map<?, ?> members) {
		if (!(members.get("metadata") instanceof Map<?, ?> keys)) {
			return Bytes.EMPTY;
		}
		Progress progress = null;
		if (keys.get("8") instanceof List<?> report) {
			Double total = (report.get(1) instanceof Number number) ? number.doubleValue() : null;
			progress = new Progress(((Number) report.get(0)).doubleValue(), total, (String) report.get(2));
		}
		return codec.encodeMetadata(new Metadata((int) number(keys, "1", 0), number(keys, "2", -1),
				(String) keys.get("4"), (String) keys.get("5"), number(keys, "7", -1), progress, details(keys.get("9")),
				(String) keys.get("10"), (int) number(keys, "11", 0)));
	}

}
