package io.agentsocket.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

import io.agentsocket.action.Action;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The properties of {@link ValuePropertyTests} for classes that are written in Kotlin,
 * read by Jackson's module for Kotlin as Spring Boot sets it up.
 */
class KotlinPropertyTests {

	private static final JsonMapper MAPPER = JsonMapper.builder().findAndAddModules().build();

	private static final List<Codec> CODECS = List.of(
			JacksonCodec.cbor(CBORMapper.builder().findAndAddModules().build(), Limits.SERVER.depth()),
			JacksonCodec.json(MAPPER, Limits.SERVER.depth()));

	private static final int ROUNDS = ValuePropertyTests.share(8);

	private static Class<?> zoo(String name) throws ClassNotFoundException {
		return Class.forName("io.agentsocket.tool.KotlinZoo" + name);
	}

	/** Their tools run where they are called: to change the thread takes longer. */
	private static List<Action> actions() throws ReflectiveOperationException {
		Object tools = zoo("$Tools").getConstructor().newInstance();
		return AgentTools.builder().mapper(MAPPER).executor(Runnable::run).build().actionsOf(tools);
	}

	@SuppressWarnings("unchecked")
	static Stream<Arguments> values() throws ReflectiveOperationException {
		Map<String, Function<Random, Object>> values = (Map<String, Function<Random, Object>>) zoo("")
			.getMethod("values")
			.invoke(null);
		List<Arguments> all = new ArrayList<>();
		for (long seed : ValuePropertyTests.seeds()) {
			values.forEach((name, maker) -> all.add(Arguments.of(name, seed, maker)));
		}
		return all.stream();
	}

	@ParameterizedTest(name = "{0} -Dvalues.seed={1}")
	@MethodSource("values")
	void schemasSayWhatIsAcceptedAndSent(String name, long seed, Function<Random, Object> maker)
			throws ReflectiveOperationException {
		Action action = Call.of(actions(), name).action();
		Random random = new Random(seed);
		for (int i = 0; i < ROUNDS; i++) {
			ValueChecks.check(action, maker::apply, CODECS, random);
		}
	}

	@Test
	void everyToolHasValues() throws ReflectiveOperationException {
		assertThat(actions()).extracting(Action::name)
			.containsExactlyInAnyOrderElementsOf(values().map((one) -> (String) one.get()[0]).distinct().toList());
	}

	@Test
	void defaultsOfConstructorsApply() throws ReflectiveOperationException {
		for (Codec codec : CODECS) {
			Call call = Call.of(actions(), "defaults").codec(codec);
			assertThat(call.with("v", Map.of("needed", 1)).value())
				.hasToString("Defaults(needed=1, text=x, number=7, list=[1], maybe=y)");
			assertThat(call.with("v", Map.of("text", "z")).broken()).containsExactly("/v/needed required");
		}
		assertThat(Call.of(actions(), "defaults").action().input().toString()).contains("required=[needed]");
	}

	@Test
	void valueClassesAreWhatTheyHold() throws ReflectiveOperationException {
		for (Codec codec : CODECS) {
			Call call = Call.of(actions(), "valued").codec(codec);
			assertThat(call.with("v", Map.of("id", 5, "name", "n")).value())
				.hasToString("Valued(id=Id(value=5), name=Name(text=n))");
			assertThat(call.with("v", Map.of("id", "5", "name", 1)).broken()).containsExactlyInAnyOrder("/v/id type",
					"/v/name type");
		}
	}

}
