package io.agentsocket.session;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link InMemoryPods}.
 */
class InMemoryPodsTests extends PodLinkContract {

	private static final String KEY = InMemoryPodsTests.class.getName();

	private final InMemoryPods pods = new InMemoryPods();

	@Override
	protected PodLink link(String pod, Duration timeout) {
		return this.pods.link(pod);
	}

	@Test
	void podsOfBeforeAreNotToldBehindThoseOfNow() throws InterruptedException {
		CountDownLatch looked = new CountDownLatch(1);
		CountDownLatch late = new CountDownLatch(1);
		AtomicBoolean begun = new AtomicBoolean();
		List<Set<String>> told = new CopyOnWriteArrayList<>();
		InMemoryPods often = new InMemoryPods(Duration.ofMillis(1));
		PodLink first = often.link("first");
		Disposable.Composite open = Disposables.composite();
		open.add(first.messages().subscribe());
		// The timer is held when it has looked for the first time.
		Hooks.onEachOperator(KEY, (operator) -> isMap(operator) ? Flux.from(operator).doOnNext((value) -> {
			if (Schedulers.isInNonBlockingThread() && begun.compareAndSet(false, true)) {
				looked.countDown();
				await(late);
			}
		}) : operator);
		try {
			open.add(first.pods().subscribe(told::add));
			looked.await();
			open.add(often.link("second").messages().subscribe());
			assertThat(told).last().isEqualTo(Set.of("first", "second"));
			int before = told.size();
			late.countDown();
			Await.until(() -> told.size() > before + 2);
			assertThat(List.copyOf(told).subList(before, before + 2)).containsOnly(Set.of("first", "second"));
		}
		finally {
			Hooks.resetOnEachOperator(KEY);
			late.countDown();
			open.dispose();
		}
	}

	private static boolean isMap(Publisher<?> operator) {
		return Scannable.from(operator).stepName().equals("map");
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
