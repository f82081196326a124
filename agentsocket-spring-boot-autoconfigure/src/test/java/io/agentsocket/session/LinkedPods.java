package io.agentsocket.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.AfterEach;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Pods of a test, each with its {@link PodLink}, which leave at its end.
 */
public abstract class LinkedPods {

	protected static final Duration PATIENCE = Await.LONG;

	protected final String suffix = "-" + UUID.randomUUID().toString().substring(0, 8);

	private final List<Pod> pods = new ArrayList<>();

	/**
	 * Silence after which a pod counts as dead: no pause of a busy machine is so long.
	 */
	protected static final Duration IMMORTAL = Duration.ofSeconds(60);

	/** The same for tests in which a pod dies: the others have to wait so long. */
	protected static final Duration MORTAL = Duration.ofSeconds(2);

	/**
	 * A link of a new pod to the others of this test.
	 * @param pod name of the pod
	 * @param timeout silence after which a pod counts as dead for this one
	 */
	protected abstract PodLink link(String pod, Duration timeout);

	/** A pod of a test in which nobody dies. */
	protected final Pod pod(String name) {
		return pod(name, IMMORTAL);
	}

	/** A pod of a test in which one dies: this one may, if the machine stands still. */
	protected final Pod mortal(String name) {
		return pod(name, MORTAL);
	}

	protected final Pod pod(String name, Duration timeout) {
		Pod pod = new Pod(link(name + this.suffix, timeout));
		this.pods.add(pod);
		return pod;
	}

	@AfterEach
	protected void leave() {
		this.pods.forEach((pod) -> pod.leave());
	}

	protected static PodMessage message(String body) {
		return new PodMessage(PodMessage.Type.FRAMES, "session", "b/1", "a/1", Bytes.utf8(body));
	}

	/** A pod and what it got. */
	protected static final class Pod {

		public final PodLink link;

		public final BlockingQueue<PodMessage> received = new LinkedBlockingQueue<>();

		public final List<Throwable> failures = new ArrayList<>();

		private final Disposable subscription;

		private final Disposable watching;

		private volatile Set<String> alive = Set.of();

		Pod(PodLink link) {
			this.link = link;
			this.watching = link.pods().subscribe((names) -> this.alive = names);
			this.subscription = link.messages()
				.subscribe(this.received::add, this.failures::add,
						() -> this.failures.add(new IllegalStateException("It ended")));
		}

		public void send(Pod to, PodMessage message) {
			this.link.send(to.link.pod(), message).block(PATIENCE);
		}

		public PodMessage next() {
			try {
				PodMessage message = this.received.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
				assertThat(message).as("arrived in time").isNotNull();
				return message;
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		public Set<String> alive() {
			return this.alive;
		}

		public void awaitAlive(Pod... expected) {
			// A pod that was declared dead meanwhile has another name.
			Await.untilAsserted(() -> assertThat(this.alive)
				.isEqualTo(Set.copyOf(List.of(expected).stream().map((pod) -> pod.link.pod()).toList())));
		}

		public void leave() {
			this.subscription.dispose();
			this.watching.dispose();
			assertThat(this.failures).isEmpty();
		}

	}

}
