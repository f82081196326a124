package io.agentsocket.security;

import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;

import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link PrincipalAnswers}.
 */
class PrincipalAnswersTests {

	private final AtomicInteger asked = new AtomicInteger();

	private final PrincipalAnswers answers = new PrincipalAnswers((authentication) -> {
		this.asked.incrementAndGet();
		return authentication.getName().equals("alice");
	});

	private static Authentication principal(String name) {
		return new TestingAuthenticationToken(name, "", "ROLE_USER");
	}

	@Test
	void anAnswerIsKeptForThePrincipalItself() {
		Authentication alice = principal("alice");
		Authentication again = principal("alice");
		assertThat(alice).isEqualTo(again);
		for (int i = 0; i < 3; i++) {
			assertThat(this.answers.of(alice)).isTrue();
		}
		assertThat(this.asked).hasValue(1);
		assertThat(this.answers.of(again)).isTrue();
		assertThat(this.asked).as("equal is not the same").hasValue(2);
		assertThat(this.answers.of(principal("bob"))).isFalse();
	}

	@Test
	void nobodyIsAskedForEachTime() {
		assertThat(this.answers.of(null)).isFalse();
		assertThat(this.answers.of(null)).isFalse();
		assertThat(this.asked).hasValue(2);
	}

	@Test
	void aPrincipalOfWhichOnlyTheNameIsKnownIsKeptToo() {
		java.security.Principal alice = () -> "alice";
		assertThat(this.answers.of(alice)).isTrue();
		assertThat(this.answers.of(alice)).isTrue();
		assertThat(this.asked).hasValue(1);
	}

	@Test
	void answersGoWithTheirPrincipals() {
		Authentication kept = principal("alice");
		this.answers.of(kept);
		for (int i = 0; i < 100; i++) {
			this.answers.of(principal("user " + i));
		}
		Await.until(() -> {
			System.gc();
			return this.answers.size() == 1;
		});
		assertThat(this.answers.of(kept)).isTrue();
		assertThat(this.asked).hasValue(101);
	}

}
