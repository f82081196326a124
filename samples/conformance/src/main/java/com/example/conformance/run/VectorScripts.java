package com.example.conformance.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.json.JsonMapper;

/**
 * The invalid golden vectors as scripts of a server: those that are meant for a client,
 * and those whose envelope is wrong, whoever sends them.
 */
final class VectorScripts {

	private final List<Map<?, ?>> vectors = new ArrayList<>();

	VectorScripts(Path directory, String codec) {
		Map<?, ?> file = JsonMapper.shared().readValue(directory.resolve("invalid.json").toFile(), Map.class);
		for (Object element : (List<?>) file.get("vectors")) {
			Map<?, ?> vector = (Map<?, ?>) element;
			boolean forClients = vector.get("from").equals("server");
			boolean forBoth = vector.get("level").equals("envelope") && vector.get("context").equals("welcomed");
			// Bytes that are the same with both codecs are sent with one of them only.
			boolean inCodec = vector.get("codec").equals(codec)
					|| vector.get("codec").equals("any") && codec.equals("cbor");
			if (inCodec && (forClients || forBoth)) {
				this.vectors.add(vector);
			}
		}
	}

	boolean hasMore(int round) {
		return round + 1 < this.vectors.size();
	}

	String name(int round) {
		return String.valueOf(this.vectors.get(round).get("id"));
	}

	/** The acts of the only connection of a round. */
	List<?> acts(int round) {
		Map<?, ?> vector = this.vectors.get(round);
		List<Object> acts = new ArrayList<>();
		String context = String.valueOf(vector.get("context"));
		if (context.equals("client-greeting")) {
			acts.add(Map.of("expect", Map.of("type", "HELLO")));
		}
		else {
			acts.add(Map.of("welcome", Map.of()));
			acts.add(Map.of("expect", Map.of("type", "INVOKE", "stream", 1)));
		}
		for (Object element : (List<?>) vector.get("messages")) {
			Map<?, ?> message = (Map<?, ?>) element;
			Object parts = (message.get("hex") != null) ? List.of(message) : message.get("parts");
			acts.add(Map.of("send-parts", parts));
		}
		Map<?, ?> outcome = (Map<?, ?>) vector.get("outcome");
		Number code = (Number) outcome.get("code");
		if (outcome.get("kind").equals("error")) {
			acts.add(Map.of("expect", Map.of("type", "ERROR", "stream", outcome.get("stream"), "code", code)));
		}
		else {
			// The WebSocket layer may refuse first what is too large, and a client may
			// see first that the stream of an invocation has the wrong parity.
			acts.add(Map.of("expect-close", (code.intValue() == 4505) ? List.of(4505, 1009, 4500) : List.of(code)));
		}
		acts.add(Map.of("signal", "done"));
		return acts;
	}

}
