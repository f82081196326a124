package com.example.conformance.wire;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;

/**
 * Frames in the form in which the golden vectors write them decoded. A payload that
 * cannot be decoded by itself, because PARTs precede it, is left out.
 */
public final class FrameText {

	/** More than any client declares here. */
	private static final Limits LIMITS = new Limits(1 << 24, 1 << 24, 1 << 24, 1 << 24, 1024, 32, 1 << 26, 1024, 128,
			4096, 64);

	private FrameText() {
	}

	/**
	 * Decode the frames of a message.
	 * @param codec codec of the connection
	 * @param message the message
	 * @return its frames, in their order
	 * @throws io.agentsocket.protocol.ProtocolException if they break a rule
	 */
	public static List<Map<String, Object>> decode(Codec codec, byte[] message) {
		return decode(codec, message, LIMITS);
	}

	/**
	 * Decode the frames of a message.
	 * @param codec codec of the connection
	 * @param message the message
	 * @param limits what the receiver has declared
	 * @return its frames, in their order
	 * @throws io.agentsocket.protocol.ProtocolException if they break a rule
	 */
	public static List<Map<String, Object>> decode(Codec codec, byte[] message, Limits limits) {
		List<Map<String, Object>> frames = new ArrayList<>();
		FrameReader reader = new FrameReader(Bytes.of(message), limits);
		for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
			frames.add(decode(codec, frame));
		}
		return frames;
	}

	private static Map<String, Object> decode(Codec codec, Frame frame) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put("type", frame.type().name());
		members.put("end", frame.end());
		if (frame.type().hasStream()) {
			members.put("stream", frame.streamId());
		}
		if (!frame.metadata().isEmpty()) {
			members.put("metadata", metadata(codec.decodeMetadata(frame.metadata())));
		}
		if (frame instanceof Frame.Hello hello) {
			members.put("map", codec.decodeMap(hello.body()));
		}
		else if (frame instanceof Frame.Welcome welcome) {
			members.put("map", codec.decodeMap(welcome.body()));
		}
		else if (frame instanceof Frame.Ack ack) {
			members.put("rx", ack.received());
			if (ack.sent() >= 0) {
				members.put("tx", ack.sent());
			}
		}
		else if (frame instanceof Frame.GoAway goAway) {
			members.putAll(Map.of("code", goAway.code(), "drain", goAway.drain(), "spread", goAway.spread(), "text",
					goAway.text()));
		}
		else if (frame instanceof Frame.Define define) {
			members.putAll(Map.of("alias", define.alias(), "name", define.name()));
			payload(members, "descriptor", codec, define.descriptor());
		}
		else if (frame instanceof Frame.Event event) {
			members.put("ref", ref(event.ref()));
			payload(members, "payload", codec, event.payload());
		}
		else if (frame instanceof Frame.Invoke invoke) {
			members.put("ref", ref(invoke.ref()));
			payload(members, "arguments", codec, invoke.arguments());
		}
		else if (frame instanceof Frame.Item item) {
			item(members, codec, item);
		}
		else {
			control(members, frame);
		}
		return members;
	}

	private static void item(Map<String, Object> members, Codec codec, Frame.Item item) {
		switch (item.type()) {
			case DATA -> payload(members, "item", codec, item.body());
			case TEXT -> members.put("text", item.body().toUtf8());
			default -> members.put("bytes", HexFormat.of().formatHex(item.body().toArray()));
		}
	}

	private static void control(Map<String, Object> members, Frame frame) {
		if (frame instanceof Frame.Error error) {
			members.put("code", error.code());
			members.put("flags", (error.retryable() ? 1 : 0) | (error.mayHaveRun() ? 2 : 0));
			members.put("text", error.text());
		}
		else if (frame instanceof Frame.Interrupt interrupt) {
			members.putAll(Map.of("mode", interrupt.mode(), "reason", interrupt.text()));
		}
		else if (frame instanceof Frame.Credit credit) {
			members.put("items", credit.items());
		}
		else if (frame instanceof Frame.Part part) {
			members.put("bytes", HexFormat.of().formatHex(part.body().toArray()));
		}
	}

	private static Map<String, Object> ref(Frame.Ref ref) {
		String name = ref.name();
		return (name != null) ? Map.of("name", name) : Map.of("alias", ref.alias());
	}

	private static void payload(Map<String, Object> members, String member, Codec codec, Bytes payload) {
		if (!payload.isEmpty()) {
			try {
				members.put(member, codec.<Object>decode(payload, Object.class));
			}
			catch (CodecException ex) {
				members.put("undecoded", payload.length());
			}
		}
	}

	private static Map<String, Object> metadata(Metadata metadata) {
		Map<String, Object> members = new LinkedHashMap<>();
		if (metadata.parent() != 0) {
			members.put("1", metadata.parent());
		}
		if (metadata.deadline() >= 0) {
			members.put("2", metadata.deadline());
		}
		if (metadata.idempotencyKey() != null) {
			members.put("4", metadata.idempotencyKey());
		}
		if (metadata.traceparent() != null) {
			members.put("5", metadata.traceparent());
		}
		if (metadata.credit() >= 0) {
			members.put("7", metadata.credit());
		}
		Progress progress = metadata.progress();
		if (progress != null) {
			List<Object> report = new ArrayList<>();
			report.add(progress.done());
			report.add(progress.total());
			report.add(progress.text());
			members.put("8", report);
		}
		if (metadata.details() != null) {
			members.put("9", String.valueOf(metadata.details()));
		}
		if (metadata.catalog() != null) {
			members.put("10", metadata.catalog());
		}
		if (metadata.depth() != 0) {
			members.put("11", metadata.depth());
		}
		return members;
	}

}
