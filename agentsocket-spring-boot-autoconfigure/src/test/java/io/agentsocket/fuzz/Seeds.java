package io.agentsocket.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Inputs that a fuzzer begins with: the golden vectors of {@code docs/vectors}, and the
 * inputs that were found by fuzzing and are kept in {@code src/test/resources/fuzz}.
 */
public final class Seeds {

	/** First byte of an input: the codec of what follows. */
	public static final int CBOR = 0;

	/** First byte of an input: the codec of what follows. */
	public static final int JSON = 1;

	private static final Path VECTORS = Path.of("..", "docs", "vectors");

	private static final Path FOUND = Path.of("src", "test", "resources", "fuzz");

	private static final JsonMapper MAPPER = JsonMapper.shared();

	/** Longer messages only make a fuzzer slow. */
	private static final int LONGEST = 4096;

	private Seeds() {
	}

	/**
	 * Inputs that were found.
	 * @param target name of a folder
	 * @return the inputs by the names of their files; none when there is no folder
	 */
	public static Map<String, byte[]> found(String target) {
		Map<String, byte[]> inputs = new LinkedHashMap<>();
		Path folder = FOUND.resolve(target);
		if (Files.isDirectory(folder)) {
			try (Stream<Path> files = Files.list(folder)) {
				for (Path file : files.sorted().toList()) {
					inputs.put(file.getFileName().toString(), Files.readAllBytes(file));
				}
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
		return inputs;
	}

	/**
	 * Messages of the golden vectors, each behind the byte of its codec.
	 * @return the inputs by the names of the vectors
	 */
	public static Map<String, byte[]> messages() {
		Map<String, byte[]> seeds = new LinkedHashMap<>();
		file("frames.json").get("frames").forEach((vector) -> put(seeds, vector, List.of(bytes(vector))));
		file("messages.json").get("messages").forEach((vector) -> put(seeds, vector, List.of(bytes(vector))));
		for (JsonNode vector : file("invalid.json").get("vectors")) {
			vector.get("messages")
				.valueStream()
				.filter((message) -> !message.has("text"))
				.forEach((message) -> put(seeds, vector, List.of(bytes(message))));
		}
		conversations().forEach((name, messages) -> {
			for (int i = 0; i < messages.size(); i++) {
				seeds.put(name + "-" + i, messages.get(i));
			}
		});
		seeds.values().removeIf((seed) -> seed.length > LONGEST);
		return seeds;
	}

	/**
	 * Messages of the golden vectors, and their payloads.
	 * @return the inputs of {@link WireFuzz} by their names
	 */
	public static Map<String, byte[]> wire() {
		Map<String, byte[]> seeds = messages();
		Map<String, byte[]> payloads = new LinkedHashMap<>();
		seeds.forEach((name, seed) -> {
			try {
				FrameReader reader = new FrameReader(Bytes.of(seed, 1, seed.length - 1), Limits.SERVER);
				int count = 0;
				for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
					for (Bytes payload : WireFuzz.payloads(frame)) {
						payloads.put(name + "-payload-" + count++,
								behind(seed[0] | WireFuzz.PAYLOAD, payload.exactArray()));
					}
				}
			}
			catch (ProtocolException ex) {
				// An invalid vector has no payloads.
			}
		});
		seeds.putAll(payloads);
		return seeds;
	}

	/**
	 * Messages of clients in the order in which they are sent: the transcripts, and the
	 * invalid vectors with what comes before them. The first byte of each message is its
	 * codec.
	 * @return the messages by the names of the vectors
	 */
	public static Map<String, List<byte[]>> conversations() {
		Map<String, List<byte[]>> seeds = new LinkedHashMap<>();
		for (JsonNode transcript : file("transcripts.json").get("transcripts")) {
			seeds.put(id(transcript), sent(transcript.get("steps"), codec(transcript)));
		}
		JsonNode invalid = file("invalid.json");
		for (JsonNode vector : invalid.get("vectors")) {
			JsonNode context = invalid.get("contexts").get(vector.get("context").asString());
			if (context.get("receiver").asString().equals("server")) {
				int codec = codec(vector);
				List<byte[]> messages = new ArrayList<>(
						sent(context.get("setup").get((codec == JSON) ? "json" : "cbor"), codec));
				messages.addAll(sent(vector.get("messages"), codec));
				seeds.put(id(vector), messages);
			}
		}
		return seeds;
	}

	private static JsonNode file(String name) {
		return MAPPER.readTree(VECTORS.resolve(name).toFile());
	}

	private static String id(JsonNode vector) {
		return vector.get("id").asString();
	}

	private static int codec(JsonNode vector) {
		return vector.get("codec").asString().equals("json") ? JSON : CBOR;
	}

	private static void put(Map<String, byte[]> seeds, JsonNode vector, List<byte[]> messages) {
		for (byte[] message : messages) {
			seeds.put(id(vector), behind(codec(vector), message));
		}
	}

	private static List<byte[]> sent(JsonNode steps, int codec) {
		return steps.valueStream()
			.filter((step) -> !step.path("from").asString("client").equals("server"))
			.filter((step) -> step.has("hex") || step.has("parts"))
			.map((step) -> behind(codec, bytes(step)))
			.filter((message) -> message.length <= LONGEST)
			.toList();
	}

	private static byte[] behind(int codec, byte[] message) {
		byte[] seed = new byte[message.length + 1];
		seed[0] = (byte) codec;
		System.arraycopy(message, 0, seed, 1, message.length);
		return seed;
	}

	private static byte[] bytes(JsonNode message) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		if (message.has("hex")) {
			bytes.writeBytes(HexFormat.of().parseHex(message.get("hex").asString()));
		}
		else {
			for (JsonNode part : message.get("parts")) {
				byte[] piece = HexFormat.of().parseHex(part.get("hex").asString());
				for (int times = part.path("times").asInt(1); times > 0; times--) {
					bytes.writeBytes(piece);
				}
			}
		}
		return bytes.toByteArray();
	}

}
