package io.agentsocket.bridge;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Utf8;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Values between a chat model and an action, which neither damages.
 */
class CallArgumentsTests {

	private static final String PAIR = "\uD83D\uDE00";

	@Test
	void numbersAreTakenAsTheyAreWritten() {
		Map<String, Object> arguments = CallArguments
			.read("{\"a\":0.1234567890123456789012,\"b\":21.5,\"c\":[1e400,2.0],\"d\":12345678901234567890123}");
		assertThat(arguments.get("a")).isEqualTo(new BigDecimal("0.1234567890123456789012"));
		assertThat(arguments.get("b")).isEqualTo(21.5);
		assertThat(arguments.get("c")).isEqualTo(List.of(new BigDecimal("1E+400"), 2.0));
		assertThat(arguments.get("d")).hasToString("12345678901234567890123");
		assertThat(JacksonCodec.json().encode(arguments).toUtf8()).contains("0.1234567890123456789012");
		assertThat(CallArguments.readOrText("0.1234567890123456789012"))
			.isEqualTo(new BigDecimal("0.1234567890123456789012"));
	}

	/** The model is told, and no exception of a codec ends its chat. */
	@ParameterizedTest
	@ValueSource(strings = { "{\"city\":\"\\ud83d\"}", "{\"\\ude00\":1}", "{\"a\":[{\"b\":\"x\\ud83dy\"}]}" })
	void argumentsThatCannotBeSentAreOnesThatTheModelHasToCorrect(String json) {
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> CallArguments.read(json))
			.satisfies((failure) -> {
				assertThat(failure.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
				assertThat(failure.violations()).singleElement()
					.satisfies((violation) -> assertThat(violation.message()).contains("half a character"));
			});
	}

	@Test
	void argumentsThatAreNestedTooDeeplyAreToldToTheModel() {
		assertThatExceptionOfType(ActionException.class)
			.isThrownBy(() -> CallArguments.read("{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}"));
	}

	@Test
	void resultThatCannotBeSentAsJsonIsItsText() {
		assertThat(CallArguments.readOrText("\"\\ud83d\"")).isEqualTo("\"\\ud83d\"");
		assertThat(CallArguments.readOrText("{\"a\":1}")).isEqualTo(Map.of("a", 1));
		assertThat(CallArguments.readOrText("{a}")).isEqualTo("{a}");
	}

	/** A library that writes JSON refuses half a character, and the chat fails. */
	@Test
	void resultIsNotCutWithinACharacter() {
		InvocationSpec call = mock(InvocationSpec.class);
		given(call.toMono(Object.class)).willReturn(Mono.just("a" + PAIR.repeat(10)));
		Consumer<Object> listener = (item) -> {
		};
		assertThat(CallResult.of(call, ResultShape.VALUE, 4, listener).block()).startsWith("a" + PAIR + "\n[cut");
		String failure = FailureText.of("t", new ActionException(ErrorCode.ABORTED, "a" + PAIR.repeat(300)));
		assertThat(Utf8.canEncode(failure)).isTrue();
	}

}
