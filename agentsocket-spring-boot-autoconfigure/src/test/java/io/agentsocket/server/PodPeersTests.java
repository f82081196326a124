package io.agentsocket.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * A pod goes on to hear and to see the others whatever fails while it does.
 */
class PodPeersTests {

	private final Sinks.Many<PodMessage> messages = Sinks.many().unicast().onBackpressureBuffer();

	private final Sinks.Many<Set<String>> looks = Sinks.many().unicast().onBackpressureBuffer();

	private final List<PodMessage> sent = new ArrayList<>();

	private final List<String> suspects = new ArrayList<>();

	private final List<Bytes> commands = new ArrayList<>();

	private final PodPeers pod = new PodPeers(new SinkLink(), (command) -> {
		this.commands.add(command);
		if (this.commands.size() == 1) {
			throw new NoClassDefFoundError("command");
		}
	});

	@BeforeEach
	void start() {
		this.pod.start();
	}

	@AfterEach
	void close() {
		this.pod.close();
	}

	@Test
	void messageThatFailsDoesNotEndTheOthers() {
		for (int i = 0; i < 3; i++) {
			this.messages.tryEmitNext(new PodMessage(PodMessage.Type.COMMAND, "", "", "", Bytes.EMPTY)).orThrow();
		}
		assertThat(this.commands).hasSize(3);
	}

	@Test
	void lookThatFailsDoesNotEndTheOthers() {
		AtomicInteger seen = new AtomicInteger();
		this.pod.mail().onLook((pods) -> {
			if (seen.incrementAndGet() == 1) {
				throw new StackOverflowError();
			}
		});
		List<Set<String>> heard = new ArrayList<>();
		this.pod.mail().onLook(heard::add);
		for (int i = 0; i < 3; i++) {
			this.looks.tryEmitNext(Set.of("a", "pod-" + i)).orThrow();
		}
		assertThat(seen).hasValue(3);
		assertThat(heard).hasSize(3);
		assertThat(this.pod.mail().isGone("pod-0")).isTrue();
	}

	@Test
	void sessionThatComesFromADeadPodDoesNotWaitForALook() {
		ServerSession session = mock();
		given(session.owner()).willReturn("a/1");
		this.pod.add(session);
		PodMessage moved = new PodMessage(PodMessage.Type.MOVED, "s", "b/2", "a/1", Bytes.EMPTY);
		this.looks.tryEmitNext(Set.of("a", "b")).orThrow();
		this.pod.send(moved);
		assertThat(this.sent).containsExactly(moved);
		assertThat(this.suspects).containsExactly("b");
		then(session).should(never()).receive(any());
		this.looks.tryEmitNext(Set.of("a")).orThrow();
		this.pod.send(moved);
		assertThat(this.sent).hasSize(1);
		assertThat(this.suspects).hasSize(1);
		then(session).should().receive(new PodMessage(PodMessage.Type.ENDED, "s", "a/1", "b/2", Bytes.EMPTY));
	}

	/** A link whose messages and looks are the test's. */
	private final class SinkLink implements PodLink {

		@Override
		public String pod() {
			return "a";
		}

		@Override
		public Mono<Void> send(String to, PodMessage message) {
			return Mono.fromRunnable(() -> PodPeersTests.this.sent.add(message));
		}

		@Override
		public void suspect(String name) {
			PodPeersTests.this.suspects.add(name);
		}

		@Override
		public Mono<Void> broadcast(PodMessage message) {
			return Mono.empty();
		}

		@Override
		public Flux<PodMessage> messages() {
			return PodPeersTests.this.messages.asFlux();
		}

		@Override
		public Flux<Set<String>> pods() {
			return PodPeersTests.this.looks.asFlux();
		}

	}

}
