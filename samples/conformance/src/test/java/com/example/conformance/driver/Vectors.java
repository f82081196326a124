package com.example.conformance.driver;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import com.example.conformance.wire.FrameText;
import com.example.conformance.wire.Values;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The golden vectors, read with the decoder of the Java client.
 */
final class Vectors {

	/** Members about the bytes, and those that FrameText leaves out. */
	private static final Set<String> NOT_COMPARED = Set.of("typeCode", "length", "body", "number", "metadata");

	/** Rows of defects of metadata, which need the codec, and no state. */
	private static final Set<Integer> METADATA_ROWS = Set.of(22, 23);

	private final Path directory;

	private final String name;

	private final Codec codec;

	private int count;

	Vectors(Path directory, String codec) {
		this.directory = directory;
		this.name = codec;
		this.codec = codec.equals("json") ? JacksonCodec.json() : JacksonCodec.cbor();
	}

	int check(String file) {
		Map<?, ?> content = JsonMapper.shared().readValue(this.directory.resolve(file + ".json").toFile(), Map.class);
		switch (file) {
			case "varints" -> varints(content);
			case "frames" -> list(content, "frames").forEach((vector) -> message(vector, List.of(vector.get("frame"))));
			case "messages" ->
				list(content, "messages").forEach((vector) -> message(vector, (List<?>) vector.get("frames")));
			case "transcripts" -> list(content, "transcripts").forEach(this::transcript);
			case "invalid" -> list(content, "vectors").forEach(this::invalid);
			default -> throw new StepFailed("unknown file " + file);
		}
		return this.count;
	}

	private static List<Map<?, ?>> list(Map<?, ?> content, String member) {
		List<Map<?, ?>> list = new ArrayList<>();
		((List<?>) content.get(member)).forEach((element) -> list.add((Map<?, ?>) element));
		return list;
	}

	private boolean concerns(Map<?, ?> vector) {
		return vector.get("codec").equals("any") || vector.get("codec").equals(this.name);
	}

	private void varints(Map<?, ?> content) {
		for (Map<?, ?> vector : list(content, "valid")) {
			Frame ack = new Frame.Ack(((Number) vector.get("value")).longValue(), -1, false);
			String hex = "10" + vector.get("hex");
			StepFailed.unless(read(hex).equals(List.of(ack)), hex + " is read wrong");
			StepFailed.unless(write(ack).equals(hex), ack + " is written wrong");
			this.count++;
		}
		for (Map<?, ?> vector : list(content, "invalid")) {
			refused(List.of((vector.get("kind").equals("number") ? "78" : "10") + vector.get("hex")), 4500,
					Vectors::read);
		}
	}

	private void transcript(Map<?, ?> transcript) {
		if (concerns(transcript)) {
			for (Map<?, ?> step : list(transcript, "steps")) {
				if (step.get("hex") != null && step.get("frames") instanceof List<?> frames) {
					compare(String.valueOf(step.get("hex")), frames);
				}
			}
		}
	}

	private void message(Map<?, ?> vector, List<?> frames) {
		if (concerns(vector)) {
			compare(String.valueOf(vector.get("hex")), frames);
		}
	}

	private void compare(String hex, List<?> expected) {
		List<Map<String, Object>> actual = FrameText.decode(this.codec, HexFormat.of().parseHex(hex));
		StepFailed.unless(actual.size() == expected.size(), hex + " has another number of frames");
		for (int i = 0; i < expected.size(); i++) {
			for (Map.Entry<?, ?> member : ((Map<?, ?>) expected.get(i)).entrySet()) {
				if (!NOT_COMPARED.contains(member.getKey())) {
					Object value = actual.get(i).get(member.getKey());
					StepFailed.unless(isEqual(member, value), hex + ": " + member + " is read as " + value);
				}
			}
		}
		this.count++;
	}

	private static boolean isEqual(Map.Entry<?, ?> member, Object value) {
		// Flags that are not known are ignored.
		return member.getKey().equals("flags") ? value.equals(((Number) member.getValue()).intValue() & 3)
				: Values.matches(member.getValue(), value);
	}

	private void invalid(Map<?, ?> vector) {
		boolean metadata = METADATA_ROWS.contains(vector.get("row"));
		if (concerns(vector) && (metadata || vector.get("level").equals("envelope"))) {
			List<String> messages = list(vector, "messages").stream().map(Vectors::hex).toList();
			int code = ((Number) ((Map<?, ?>) vector.get("outcome")).get("code")).intValue();
			refused(messages, code, metadata ? this::readMetadata : Vectors::read);
		}
	}

	private static String hex(Map<?, ?> message) {
		if (message.get("hex") instanceof String hex) {
			return hex;
		}
		StringBuilder all = new StringBuilder();
		for (Map<?, ?> part : list(message, "parts")) {
			all.append(String.valueOf(part.get("hex")).repeat(((Number) part.get("times")).intValue()));
		}
		return all.toString();
	}

	/** The outcome is that of all messages together. */
	private void refused(List<String> messages, int code, Consumer<String> reading) {
		try {
			messages.forEach(reading);
			throw new StepFailed(messages + " are accepted");
		}
		catch (ProtocolException ex) {
			StepFailed.unless(ex.closeCode().code() == code, messages + " are refused with " + ex.closeCode());
		}
		catch (CodecException ex) {
			// Metadata that cannot be read closes the connection as bad frames do.
			StepFailed.unless(code == 4500, messages + " are refused with 4500");
		}
		this.count++;
	}

	private void readMetadata(String hex) {
		read(hex).forEach((frame) -> this.codec.decodeMetadata(frame.metadata()));
	}

	private static List<Frame> read(String hex) {
		FrameReader reader = new FrameReader(Bytes.of(HexFormat.of().parseHex(hex)), Limits.CLIENT);
		List<Frame> frames = new ArrayList<>();
		for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
			frames.add(frame);
		}
		return frames;
	}

	private static String write(Frame frame) {
		FrameWriter writer = new FrameWriter(64);
		writer.write(frame, true);
		return HexFormat.of().formatHex(writer.take().toArray());
	}

}
