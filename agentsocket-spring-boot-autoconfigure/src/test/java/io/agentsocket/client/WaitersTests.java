package io.agentsocket.client;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import reactor.core.Disposables;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

class WaitersTests {

	@Test
	void callerThatGivesUpIsNotKept() {
		Waiters waiters = new Waiters(Duration.ofDays(1), null, (delay, task) -> Disposables.disposed());
		Sinks.Empty<Void> patient = Sinks.empty();
		Sinks.Empty<Void> hasty = Sinks.empty();
		waiters.add(patient);
		waiters.add(hasty);
		waiters.remove(hasty);
		assertThat(waiters.take()).containsExactly(patient);
	}

}
