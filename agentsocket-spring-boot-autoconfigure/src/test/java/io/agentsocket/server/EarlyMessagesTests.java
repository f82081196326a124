package io.agentsocket.server;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.bounds.MemoryBudget;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages that wait for WELCOME.
 */
class EarlyMessagesTests {

	private static final int BUDGET = 1_000_000;

	private final MemoryBudget memory = new MemoryBudget(BUDGET);

	private final EarlyMessages messages = new EarlyMessages(BUDGET, this.memory);

	private final List<String> received = new ArrayList<>();

	private void add(String... texts) {
		for (String text : texts) {
			this.messages.add(Bytes.utf8(text));
		}
	}

	@Test
	void messagesCountUntilTheyAreHandedOverInTheirOrder() {
		add("a", "b", "c");
		this.messages.handOver((message) -> {
			assertThat(this.memory.used()).isPositive();
			this.received.add(message.toUtf8());
		});
		assertThat(this.received).containsExactly("a", "b", "c");
		assertThat(this.memory.used()).isZero();
	}

	/** A message that breaks a rule closes the connection at once. */
	@Test
	void nothingIsHandedOverBehindAMessageThatClosesTheConnection() {
		add("a", "b", "c");
		this.messages.handOver((message) -> {
			this.received.add(message.toUtf8());
			if (this.received.size() == 2) {
				this.messages.discard();
			}
		});
		assertThat(this.received).containsExactly("a", "b");
		assertThat(this.memory.used()).isZero();
	}

}
