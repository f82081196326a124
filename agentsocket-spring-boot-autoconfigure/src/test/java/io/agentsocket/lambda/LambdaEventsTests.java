package io.agentsocket.lambda;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.function.IncomingRequest;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events of function URLs and their answers.
 */
class LambdaEventsTests {

	private static final Codec JSON = JacksonCodec.json();

	private final LambdaEvents events = new LambdaEvents(JSON);

	static String event(String body, boolean base64) {
		return event(body, base64, Map.of("content-type", "application/json"));
	}

	static String event(String body, boolean base64, Map<String, Object> headers) {
		String sent = base64 ? Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8)) : body;
		return JSON
			.encodeMap(Map.of("version", "2.0", "requestContext", Map.of("http", Map.of("method", "POST")), "headers",
					headers, "body", sent, "isBase64Encoded", base64))
			.toUtf8();
	}

	@Test
	void requestHasMethodHeadersAndBody() {
		IncomingRequest request = this.events
			.request(Bytes.utf8(event("{\"a\":\"\u00e9\"}", true, Map.of("Webhook-Id", "msg_1"))));
		assertThat(request.method()).isEqualTo("POST");
		assertThat(request.headers()).containsKey("webhook-id");
		assertThat(request.body().toUtf8()).isEqualTo("{\"a\":\"\u00e9\"}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "no JSON", "[]", "null", "{}", "{\"requestContext\":1,\"headers\":[],\"body\":{}}",
			"{\"requestContext\":{\"http\":null},\"headers\":null,\"body\":null}", "{\"source\":\"aws.events\"}",
			"{\"body\":\"%\",\"isBase64Encoded\":true}" })
	void eventOfAnotherKindIsARequestThatNobodyAnswers(String event) {
		IncomingRequest request = this.events.request(Bytes.utf8(event));
		assertThat(request.method()).isEqualTo("null");
		assertThat(request.body().isEmpty()).isTrue();
	}

	@Test
	void answerIsBase64() {
		Map<String, Object> answer = JSON.decodeMap(this.events.whole(200, "text/plain", new byte[] { -1, 0 }));
		assertThat(answer).containsEntry("statusCode", 200)
			.containsEntry("headers", Map.of("content-type", "text/plain"))
			.containsEntry("body", "/wA=")
			.containsEntry("isBase64Encoded", true);
		assertThat(JSON.decodeMap(this.events.whole(204, null, new byte[0]))).containsEntry("headers", Map.of());
	}

}
