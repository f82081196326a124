package io.agentsocket.protocol;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class LimitsTests {

	@Test
	void refusesBoundsThatDoNotFitEachOther() {
		refuses("frame", () -> new Limits(1023, 1023, 4096, 8192, 4, 4, 65536, 4, 128, 256, 8));
		refuses("message must be at least as large as frame (2048), not 1024",
				() -> new Limits(1024, 2048, 4096, 8192, 4, 4, 65536, 4, 128, 256, 8));
		refuses("item must be at least as large as frame (4096), not 2048",
				() -> new Limits(4096, 4096, 2048, 8192, 4, 4, 65536, 4, 128, 256, 8));
		refuses("assembly must be at least as large as item (8192), not 4096",
				() -> new Limits(4096, 4096, 8192, 4096, 4, 4, 65536, 4, 128, 256, 8));
		refuses("streams", () -> new Limits(4096, 4096, 8192, 8192, -1, 4, 65536, 4, 128, 256, 8));
		refuses("items", () -> new Limits(4096, 4096, 8192, 8192, 4, -1, 65536, 4, 128, 256, 8));
		refuses("window must be at least twice as large as frame (20480), not 40959",
				() -> new Limits(65536, 20480, 65536, 65536, 4, 4, 40959, 4, 128, 256, 8));
		refuses("window", () -> new Limits(4096, 4096, 8192, 8192, 4, 4, 32767, 4, 128, 256, 8));
		refuses("aliases", () -> new Limits(4096, 4096, 8192, 8192, 4, 4, 65536, -1, 128, 256, 8));
		refuses("name", () -> new Limits(4096, 4096, 8192, 8192, 4, 4, 65536, 4, 15, 256, 8));
		refuses("metadata must be at most as large as frame (4096), not 4097",
				() -> new Limits(4096, 4096, 8192, 8192, 4, 4, 65536, 4, 128, 4097, 8));
		refuses("depth", () -> new Limits(4096, 4096, 8192, 8192, 4, 4, 65536, 4, 128, 256, 3));
	}

	private static void refuses(String name, Runnable creation) {
		assertThatIllegalArgumentException().isThrownBy(creation::run)
			.withMessageStartingWith(name.contains(" ") ? name : name + " must be");
	}

	@Test
	void codesAreUniqueAndFoundByNumber() {
		Set<Integer> codes = new HashSet<>();
		for (ErrorCode code : ErrorCode.values()) {
			assertThat(codes.add(code.code())).isTrue();
			assertThat(ErrorCode.of(code.code())).isEqualTo(code);
			assertThat(code.code()).isLessThan(ErrorCode.FIRST_APPLICATION);
		}
		assertThat(ErrorCode.of(0)).isNull();
		assertThat(ErrorCode.of(ErrorCode.FIRST_APPLICATION)).isNull();
	}

	@Test
	void anErrorSaysWhatDoesNotFit() {
		ActionException error = new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments do not fit.");
		assertThat(error).hasMessage("The arguments do not fit.");
		Violation city = new Violation("/city", "NotBlank", "must not be blank.");
		assertThat(error.withViolations(List.of(city))).hasMessage("The arguments do not fit: /city must not be blank");
		ActionException many = error.withViolations(Collections.nCopies(5, city)).mayHaveRun();
		assertThat(many)
			.hasMessage("The arguments do not fit: " + "/city must not be blank; ".repeat(3) + "and 2 more");
		assertThat(many.text()).isEqualTo("The arguments do not fit.");
	}

	@Test
	void anErrorKeepsWhatWasSaidOfIt() {
		Throwable cause = new IllegalStateException();
		ActionException error = new ActionException(ErrorCode.LOST, "gone").mayHaveRun()
			.retryable()
			.withCorrelation("c1")
			.withCause(cause)
			.withViolations(List.of(new Violation("/a", "type", "m")));
		assertThat(error.errorCode()).isEqualTo(ErrorCode.LOST);
		assertThat(error).hasMessage("gone").hasCause(cause);
		assertThat(error.isRetryable()).isTrue();
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(error.correlation()).isEqualTo("c1");
		assertThat(error.violations()).hasSize(1);
		assertThatIllegalArgumentException().isThrownBy(() -> new ActionException(0, "x"));
	}

}
