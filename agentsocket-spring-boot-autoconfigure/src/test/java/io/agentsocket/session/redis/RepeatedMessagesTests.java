package io.agentsocket.session.redis;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link RepeatedMessages}.
 */
class RepeatedMessagesTests {

	private final RepeatedMessages messages = new RepeatedMessages();

	@Test
	void numberIsNewOnceForEachSender() {
		for (long number = 1; number <= 3L * RepeatedMessages.WINDOW; number += 3) {
			assertThat(this.messages.isRepeated("a", number)).isFalse();
			assertThat(this.messages.isRepeated("b", number)).isFalse();
			assertThat(this.messages.isRepeated("a", number)).isTrue();
		}
	}

	@Test
	void messagesThatOvertakeEachOtherAreAllNew() {
		assertThat(this.messages.isRepeated("a", 5)).isFalse();
		assertThat(this.messages.isRepeated("a", 3)).isFalse();
		assertThat(this.messages.isRepeated("a", 4)).isFalse();
		assertThat(this.messages.isRepeated("a", 3)).isTrue();
		assertThat(this.messages.isRepeated("a", 5)).isTrue();
	}

	@Test
	void allThatWasUnderwayIsFoundWhenItComesAgain() {
		int first = 1_000_000;
		for (int i = 0; i < RepeatedMessages.WINDOW; i++) {
			assertThat(this.messages.isRepeated("a", first + i)).isFalse();
		}
		for (int i = 0; i < RepeatedMessages.WINDOW; i++) {
			assertThat(this.messages.isRepeated("a", first + i)).isTrue();
		}
		assertThat(this.messages.isRepeated("a", first - 1)).isTrue();
		assertThat(this.messages.isRepeated("a", first + RepeatedMessages.WINDOW)).isFalse();
	}

	@Test
	void numbersMayLeapOverTheWholeWindow() {
		assertThat(this.messages.isRepeated("a", 7)).isFalse();
		long far = 7 + 3L * RepeatedMessages.WINDOW;
		assertThat(this.messages.isRepeated("a", far)).isFalse();
		assertThat(this.messages.isRepeated("a", far - RepeatedMessages.WINDOW + 1)).isFalse();
		assertThat(this.messages.isRepeated("a", far)).isTrue();
	}

	@Test
	void sendersThatWereSilentForLongestAreForgotten() {
		for (int i = 0; i <= RepeatedMessages.MAX_SENDERS; i++) {
			assertThat(this.messages.isRepeated("pod" + i, 1)).isFalse();
		}
		assertThat(this.messages.isRepeated("pod" + RepeatedMessages.MAX_SENDERS, 1)).isTrue();
		assertThat(this.messages.isRepeated("pod0", 1)).isFalse();
	}

}
