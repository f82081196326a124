package io.agentsocket.connection;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.AgentTool.Blocking;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.tool.AgentTools;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Arguments that are no map are refused in the order of the protocol, whether the action
 * reads them at once or never.
 */
class UndecodableArgumentsTests {

	private static final ActionHints APPROVAL = new ActionHints(false, false, false, false, true, null);

	private final AtomicInteger runs = new AtomicInteger();

	private int id = 1;

	class Tools {

		@AgentTool(blocking = Blocking.NO)
		int tool(int amount) {
			return UndecodableArgumentsTests.this.runs.incrementAndGet() + amount;
		}

		@AgentTool
		int blocking(int amount) {
			return UndecodableArgumentsTests.this.runs.incrementAndGet() + amount;
		}

		@AgentTool(blocking = Blocking.NO)
		int none() {
			return UndecodableArgumentsTests.this.runs.incrementAndGet();
		}

		@AgentTool(blocking = Blocking.NO)
		int all(Map<String, Object> all) {
			return UndecodableArgumentsTests.this.runs.incrementAndGet();
		}

	}

	static Stream<Codec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	private static List<Bytes> undecodable(Codec codec) {
		if (codec.name().equals("cbor")) {
			return Stream
				.of("80", "01", "f6", "bbffffffffffffffff", "a1616101ff", "a0a0", "a10102", "a1616af97e00",
						"a16161" + "81".repeat(40) + "01", "a1616162ff80", "a1")
				.map((hex) -> Bytes.of(HexFormat.of().parseHex(hex)))
				.toList();
		}
		return Stream
			.of("[]", "1", "null", "{", "{}{}", "{\"a\":1}x", "{\"a\":tru}", "{\"a\":\"\\ud800\"}",
					"\u00ef\u00bb\u00bf{}", "{\"a\":" + "[".repeat(40) + "]".repeat(40) + "}")
			.map((text) -> Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1)))
			.toList();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void whoeverReadsThem(Codec codec) {
		RawPeer raw = new RawPeer(Role.SERVER, Limits.SERVER, codec).attach();
		List<Action> tools = AgentTools.builder().executor(Runnable::run).build().actionsOf(new Tools());
		for (Action tool : tools) {
			assertThat(tool.inputCheck().byHandler()).isTrue();
			raw.actions.add(tool).add(tool.mutate().name(tool.name() + ".approved").hints(APPROVAL).build());
		}
		raw.actions.add(Action.named("raw").handler((exchange) -> Mono.just(this.runs.incrementAndGet())));
		invoke(raw, "tool", "known", -1, codec.encode(Map.of("amount", 1)));
		assertThat(raw.only(Frame.Item.class).end()).isTrue();
		this.runs.set(0);
		for (Bytes arguments : undecodable(codec)) {
			for (String name : List.of("tool", "blocking", "none", "all", "tool.approved", "none.approved", "raw")) {
				for (@Nullable
				String key : new String[] { null, "new", "known" }) {
					for (long deadline : new long[] { -1, 0, 60_000 }) {
						invoke(raw, name, key, deadline, arguments);
						raw.assertError(this.id, 3);
					}
				}
			}
		}
		assertThat(this.runs).hasValue(0);
		// The key of a refused call is free, and others wait for nothing.
		invoke(raw, "tool", "new", -1, codec.encode(Map.of("amount", 1)));
		assertThat(raw.only(Frame.Item.class).end()).isTrue();
		invoke(raw, "tool", "new", -1, codec.encode(Map.of("amount", 2)));
		assertThat(raw.only(Frame.Item.class).end()).isTrue();
		assertThat(this.runs).hasValue(1);
		invoke(raw, "tool", null, 0, codec.encode(Map.of("amount", 1)));
		raw.assertError(this.id, 4);
	}

	private void invoke(RawPeer raw, String name, @Nullable String key, long deadline, Bytes arguments) {
		this.id += 2;
		Metadata metadata = new Metadata(0, deadline, key, null, -1, null, null, null, 0);
		raw.send(new Frame.Invoke(this.id, true, Frame.Ref.name(name), raw.codec.encodeMetadata(metadata), arguments));
	}

}
