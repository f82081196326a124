package io.agentsocket.mcp;

import java.time.Duration;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;

class CatalogSubscriptionsTests {

	private final CatalogSubscriptions subscriptions = new CatalogSubscriptions(1, Duration.ofDays(1));

	private McpAnswer open() {
		RpcMessage message = new RpcMessage();
		message.id = Bytes.utf8("1");
		return this.subscriptions.open(message, "address 192.0.2.1");
	}

	@Test
	void answerThatNobodyWritesTakesNoPlace() {
		open().over().run();
		assertThat(this.subscriptions.size()).isZero();
		McpAnswer next = open();
		Disposable reading = next.events().subscribe();
		assertThat(this.subscriptions.size()).isEqualTo(1);
		reading.dispose();
		next.over().run();
		assertThat(this.subscriptions.size()).isZero();
		open().over().run();
	}

}
