package io.agentsocket.session;

import java.util.stream.IntStream;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Contract of each {@link PodLink}.
 */
public abstract class PodLinkContract extends LinkedPods {

	@Test
	void podsSeeEachOtherComeAndGo() {
		Pod a = mortal("a");
		a.awaitAlive(a);
		Pod b = mortal("b");
		a.awaitAlive(a, b);
		b.awaitAlive(a, b);
		b.leave();
		a.awaitAlive(a);
	}

	@Test
	void messagesArriveAsTheyWereSentAndInOrder() {
		Pod a = pod("a");
		Pod b = pod("b");
		a.awaitAlive(a, b);
		PodMessage all = new PodMessage(PodMessage.Type.WAKE, "sessiön", "", "a/1",
				Bytes.of(new byte[] { 0, -1, 10, 13, 0 }));
		a.send(b, all);
		assertThat(b.next()).isEqualTo(all);
		PodMessage empty = new PodMessage(PodMessage.Type.COMMAND, "", "", "", Bytes.EMPTY);
		a.send(b, empty);
		assertThat(b.next()).isEqualTo(empty);
		Mono.when(IntStream.range(0, 2000).mapToObj((i) -> a.link.send(b.link.pod(), message("m" + i))).toList())
			.block(PATIENCE);
		IntStream.range(0, 2000).forEach((i) -> assertThat(b.next()).isEqualTo(message("m" + i)));
		assertThat(a.received).isEmpty();
	}

	@Test
	void podSendsToItself() {
		Pod a = pod("a");
		a.awaitAlive(a);
		a.send(a, message("x"));
		assertThat(a.next()).isEqualTo(message("x"));
	}

	@Test
	void broadcastReachesAllOthers() {
		Pod a = pod("a");
		Pod b = pod("b");
		Pod c = pod("c");
		a.awaitAlive(a, b, c);
		a.link.broadcast(message("all")).block(PATIENCE);
		assertThat(b.next()).isEqualTo(message("all"));
		assertThat(c.next()).isEqualTo(message("all"));
		a.send(a, message("end"));
		assertThat(a.next()).isEqualTo(message("end"));
	}

	@Test
	void whatIsSentToADeadPodIsLost() {
		Pod a = mortal("a");
		Pod b = mortal("b");
		a.awaitAlive(a, b);
		b.leave();
		a.awaitAlive(a);
		a.send(b, message("late"));
		a.link.send("never-there" + this.suffix, message("x")).block(PATIENCE);
		a.link.send("not a/name", message("x")).block(PATIENCE);
		a.send(a, message("end"));
		assertThat(a.next()).isEqualTo(message("end"));
	}

}
