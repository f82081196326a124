package io.agentsocket.server;

import java.time.Duration;
import java.util.concurrent.CompletionException;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.Mockito;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.server.ResponseStatusException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Exceptions of Spring that have an HTTP status.
 */
class StatusErrorResolverTests {

	private final StatusErrorResolver resolver = new StatusErrorResolver();

	private final AgentExchange exchange = Mockito.mock(AgentExchange.class);

	@ParameterizedTest
	@CsvSource({ "400,INVALID_ARGUMENT", "401,UNAUTHENTICATED", "402,FAILED_PRECONDITION", "403,PERMISSION_DENIED",
			"404,NOT_FOUND", "405,UNIMPLEMENTED", "408,DEADLINE_EXCEEDED", "409,ABORTED", "410,NOT_FOUND",
			"412,FAILED_PRECONDITION", "416,OUT_OF_RANGE", "418,FAILED_PRECONDITION", "422,INVALID_ARGUMENT",
			"423,ABORTED", "429,RESOURCE_EXHAUSTED", "499,FAILED_PRECONDITION", "500,", "501,UNIMPLEMENTED",
			"502,UNAVAILABLE", "503,UNAVAILABLE", "504,DEADLINE_EXCEEDED", "599,", "302,", "200," })
	void statusIsTakenForWhatItMeans(int status, ErrorCode code) {
		ActionException error = this.resolver.resolve(new ResponseStatusException(HttpStatusCode.valueOf(status)),
				this.exchange);
		assertThat((error != null) ? error.errorCode() : null).isEqualTo(code);
	}

	@Test
	void reasonIsSentAndNothingElse() {
		ActionException error = this.resolver.resolve(
				new ResponseStatusException(HttpStatus.NOT_FOUND, "No such boat", new IllegalStateException("secret")),
				this.exchange);
		assertThat(error).hasMessage("No such boat");
		assertThat(this.resolver.resolve(new ErrorResponseException(HttpStatus.CONFLICT), this.exchange).errorCode())
			.isEqualTo(ErrorCode.ABORTED);
	}

	@ParameterizedTest
	@CsvSource(nullValues = "none",
			value = { "429, 7, 7", "503, 0, 0", "503, 999999999, 86400", "503, 'Wed, 21 Oct 2015 07:28:00 GMT', 0",
					"503, 'Sun, 21 Oct 2435 07:28:00 GMT', 86400", "503, soon, none", "503, -5, none",
					"503, none, none", "404, 7, none" })
	void timeToWaitIsSentWithAnErrorThatIsWorthARetry(int status, String told, Long seconds) {
		ResponseStatusException busy = new ResponseStatusException(HttpStatusCode.valueOf(status)) {

			private static final long serialVersionUID = 1L;

			@Override
			public HttpHeaders getHeaders() {
				HttpHeaders headers = new HttpHeaders();
				if (told != null) {
					headers.set(HttpHeaders.RETRY_AFTER, told);
				}
				return headers;
			}

		};
		ActionException error = this.resolver.resolve(busy, this.exchange);
		assertThat(error.isRetryable()).isEqualTo(status != 404);
		assertThat(error.retryAfter().map(Duration::toSeconds).orElse(null)).isEqualTo(seconds);
	}

	@Test
	void annotatedExceptionsAndCausesHaveAStatusToo() {
		@ResponseStatus(code = HttpStatus.GONE, reason = "Sold out")
		class SoldOut extends RuntimeException {

			private static final long serialVersionUID = 1L;

		}
		assertThat(this.resolver.resolve(new SoldOut(), this.exchange)).hasMessage("Sold out")
			.extracting(ActionException::errorCode)
			.isEqualTo(ErrorCode.NOT_FOUND);
		assertThat(this.resolver.resolve(new CompletionException(new SoldOut()), this.exchange)).isNotNull();
	}

	@Test
	void whatAnotherServerHasAnsweredIsNotTheStatusOfTheAction() {
		assertThat(this.resolver.resolve(
				WebClientResponseException.create(404, "Not Found", HttpHeaders.EMPTY, new byte[0], null),
				this.exchange))
			.isNull();
		assertThat(this.resolver.resolve(new IllegalStateException(), this.exchange)).isNull();
	}

}
