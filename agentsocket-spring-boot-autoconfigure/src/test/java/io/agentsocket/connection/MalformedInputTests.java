package io.agentsocket.connection;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The golden vectors of bad input: each has exactly one outcome.
 */
class MalformedInputTests {

	private static final Path VECTORS = Path.of("..", "docs", "vectors", "invalid.json");

	/** States before WELCOME, which the owner of a peer is in charge of. */
	private static final Set<String> BEFORE_WELCOME = Set.of("connected", "connected-auth", "client-greeting");

	/** Mistakes that the codec notices. */
	private static final Set<String> CODEC = Set.of("arguments-integer-keys", "item-simple-cbor", "item-bom-json");

	@TestFactory
	Stream<DynamicTest> vectorsHaveTheirOutcome() {
		JsonNode root = JsonMapper.builder().build().readTree(VECTORS.toFile());
		List<DynamicTest> tests = new ArrayList<>();
		for (JsonNode vector : root.get("vectors")) {
			String context = vector.get("context").asString();
			String id = vector.get("id").asString();
			boolean text = vector.get("messages").get(0) != null && vector.get("messages").get(0).has("text");
			// Arguments of built-in actions are not the engine's part.
			boolean builtIn = vector.get("row").asInt() == 52 || CODEC.contains(id);
			if (BEFORE_WELCOME.contains(context) || text || builtIn) {
				continue;
			}
			for (String codec : codecs(vector.get("codec").asString())) {
				tests.add(DynamicTest.dynamicTest(id + " " + codec, () -> runNamed(id + " " + codec,
						() -> run(vector, root.get("contexts").get(context), context, codec))));
			}
		}
		assertThat(tests).hasSizeGreaterThan(250);
		return tests.stream();
	}

	private static void runNamed(String name, Runnable test) {
		try {
			test.run();
		}
		catch (AssertionError ex) {
			throw new AssertionError(name + ": " + ex.getMessage(), ex);
		}
	}

	private static List<String> codecs(String codec) {
		return codec.equals("any") ? List.of("cbor", "json") : List.of(codec);
	}

	private static void run(JsonNode vector, JsonNode context, String name, String codecName) {
		Codec codec = codecName.equals("cbor") ? JacksonCodec.cbor() : JacksonCodec.json();
		boolean server = context.get("receiver").asString().equals("server");
		RawPeer raw = new RawPeer(server ? Role.SERVER : Role.CLIENT, limits(name, server), codec).attach();
		actions(raw);
		if (name.equals("client-stream-1-open")) {
			raw.peer.invoke("test.items")
				.items(Flux.never())
				.toFlux(Object.class)
				.onErrorComplete()
				.subscribe(new reactor.core.publisher.BaseSubscriber<>() {
					@Override
					protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
						subscription.request(1);
					}
				});
			raw.settle();
			raw.only(Frame.Invoke.class);
		}
		String sender = server ? "client" : "server";
		int step = 0;
		for (JsonNode setup : context.get("setup").get(codecName)) {
			boolean handshake = step++ < 2;
			if (!handshake && setup.has("hex") && setup.get("from").asString().equals(sender)) {
				raw.hex(setup.get("hex").asString());
			}
		}
		assertThat(raw.transport.closeCode).as("after the setup").isZero();
		raw.frames();
		for (JsonNode message : vector.get("messages")) {
			int times = message.has("times") ? message.get("times").asInt() : 1;
			for (int i = 0; i < times && raw.transport.closeCode == 0; i++) {
				raw.send(bytes(message));
			}
		}
		verify(raw, vector.get("outcome"));
	}

	private static Limits limits(String context, boolean server) {
		Limits limits = server ? Limits.SERVER : Limits.CLIENT;
		int streams = context.equals("welcomed-streams-4") ? 4 : limits.streams();
		int aliases = context.equals("welcomed-aliases-2") ? 2 : limits.aliases();
		return new Limits(limits.message(), limits.frame(), limits.item(), limits.assembly(), streams, limits.items(),
				limits.window(), aliases, limits.name(), limits.metadata(), limits.depth());
	}

	private static void actions(RawPeer raw) {
		raw.actions.taking("test.hold", ResultShape.VALUE, (exchange) -> {
			arguments(exchange);
			return exchange.inbound(Object.class).take(1).then(Mono.never());
		});
		raw.actions.value("test.slow", (exchange) -> {
			arguments(exchange);
			return Mono.never();
		});
		raw.actions.value("test.ask", (exchange) -> exchange.invoke("as.ask").toMono(Object.class));
		raw.actions.value("as.find", (exchange) -> {
			arguments(exchange);
			return Mono.just(Map.of("actions", List.of(), "total", 0));
		});
	}

	private static void arguments(AgentExchange exchange) {
		Map<?, ?> decoded = exchange.arguments(Map.class);
		assertThat(decoded).isNotNull();
	}

	private static Bytes bytes(JsonNode message) {
		HexFormat hex = HexFormat.of();
		if (message.has("hex")) {
			return Bytes.of(hex.parseHex(message.get("hex").asString()));
		}
		ByteArrayOutputStream whole = new ByteArrayOutputStream();
		for (JsonNode part : message.get("parts")) {
			byte[] piece = hex.parseHex(part.get("hex").asString());
			for (int i = 0; i < part.get("times").asInt(); i++) {
				whole.writeBytes(piece);
			}
		}
		return Bytes.of(whole.toByteArray());
	}

	private static void verify(RawPeer raw, JsonNode outcome) {
		List<Frame.Error> errors = raw.frames()
			.stream()
			.filter((frame) -> frame instanceof Frame.Error)
			.map(Frame.Error.class::cast)
			.toList();
		switch (outcome.get("kind").asString()) {
			case "close" -> {
				raw.assertClosed(outcome.get("code").asInt());
				assertThat(errors).isEmpty();
				assertThat(raw.transport.closeReason.length()).isBetween(1, 120);
			}
			case "error" -> {
				raw.assertClosed(0);
				assertThat(errors).hasSize(1);
				assertThat(errors.get(0).streamId()).isEqualTo(outcome.get("stream").asInt());
				assertThat(errors.get(0).code()).isEqualTo(outcome.get("code").asInt());
				if (outcome.has("flags")) {
					assertThat(errors.get(0).retryable()).isEqualTo((outcome.get("flags").asInt() & 1) != 0);
				}
			}
			case "ignored" -> {
				raw.assertClosed(0);
				assertThat(errors).isEmpty();
			}
			default -> throw new AssertionError(outcome);
		}
	}

}
