package io.agentsocket.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.connection.takeover.RecordFormat;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.StoredSession;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A message of a follower that has left the owner before in part.
 */
class InboxProgressTests {

	private static final int LARGE = 40_000;

	private static final int LEFT = 3000;

	private final Store store = new Store();

	private final RawPeer raw = RawPeer.ofServer(this.store);

	private static Frame event(String name, int bytes) {
		return new Frame.Event(Frame.Ref.name(name), Bytes.EMPTY, Bytes.of(new byte[bytes]));
	}

	private void restore() {
		this.raw.settle();
		this.raw.allFrames();
		Bytes departure = new RecordFormat.Writer().number(1).number(1).number(LEFT).take();
		this.raw.peer.otherPods().restore(new StoredSession(1, 0, 0, 0, List.of(), Map.of("i", departure), 0));
		this.raw.settle();
	}

	private List<Integer> events() {
		RecordFormat.Writer message = new RecordFormat.Writer().text("pod/2").number(1).text("");
		message.frame(event("first", 10)).frame(event("second", LARGE)).frame(event("third", 20));
		this.store.inbox.tryEmitValue(new Inbox(0, List.of(message.take())));
		this.raw.settle();
		List<Integer> sizes = new ArrayList<>();
		int parts = 0;
		for (Frame frame : this.raw.allFrames()) {
			if (frame instanceof Frame.Part part) {
				parts += part.body().length();
			}
			else if (frame instanceof Frame.Event event) {
				sizes.add(parts + event.payload().length());
				parts = 0;
			}
		}
		return sizes;
	}

	@Test
	void goesOnFromThere() {
		restore();
		assertThat(events()).containsExactly(LARGE - LEFT, 20);
	}

	@Test
	void isNotSentCutOffWhenThePartsWentWithTheLogBefore() {
		restore();
		this.raw.peer.reset(new ActionException(ErrorCode.SESSION_RESET, "reset").mayHaveRun(), "log-2", true);
		this.raw.settle();
		assertThat(events()).containsExactly(20);
	}

	/** Its inbox is filled by the test. */
	private static final class Store extends QuietStorage {

		private final Sinks.One<Inbox> inbox = Sinks.one();

		@Override
		public Mono<Inbox> pull(long read) {
			return this.inbox.asMono();
		}

	}

}
