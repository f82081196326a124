package io.agentsocket.server;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Quick calls of a session are answered while others of it block, in whatever order they
 * came, and each call has the executor's decoration for itself.
 */
class BlockedCallsTests {

	private static final int CALLS = 16;

	private final ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();

	private final Tools tools = new Tools();

	private TestServer server;

	private AgentSocketClient agent;

	@BeforeEach
	void start() {
		this.executor.setCorePoolSize(8);
		this.executor.setTaskDecorator((task) -> () -> {
			this.tools.decoration.set(this.tools.decorations.incrementAndGet());
			try {
				task.run();
			}
			finally {
				this.tools.decoration.remove();
			}
		});
		this.executor.initialize();
		this.server = TestServer
			.with(AgentTools.builder().executor(this.executor).build().actionsOf(this.tools).toArray(Action[]::new));
		this.agent = AgentSocketClient.builder(this.server.uri()).build();
		this.agent.connect().block(Await.LONG);
	}

	@AfterEach
	void stop() {
		this.tools.release.release(1000);
		this.agent.close().block(Await.LONG);
		this.server.close();
		this.executor.shutdown();
	}

	@Test
	void quickCallsPassOneThatBlocksInEveryOrder() {
		for (int blocked = 0; blocked < CALLS; blocked++) {
			pass(Set.of(blocked));
		}
	}

	@Test
	void quickCallsPassAllThatASessionMayBlockButOneInRandomOrders() {
		// A session has four of eight threads: its quick calls need one of them.
		Random random = new Random(16);
		for (int round = 0; round < 50; round++) {
			pass(random.ints(0, CALLS).distinct().limit(3).boxed().collect(Collectors.toSet()));
		}
	}

	@Test
	void quickCallsPassOnesThatAreCancelledAndNoneIsInterrupted() {
		for (int round = 0; round < 50; round++) {
			Queue<Integer> answers = new ConcurrentLinkedQueue<>();
			Flux.range(0, CALLS)
				.flatMap((n) -> (n % 8 == 0)
						? this.agent.invoke("hold")
							.arguments(Map.of("id", n))
							.toMono(Integer.class)
							.takeUntilOther(this.agent.invoke("quick").arguments(Map.of("id", n)).toMono(Integer.class))
						: this.agent.invoke("quick").arguments(Map.of("id", n)).toMono(Integer.class), CALLS)
				.doOnNext(answers::add)
				.blockLast(Await.LONG);
			assertThat(answers).hasSize(CALLS - 2);
		}
		assertThat(this.tools.disturbed).isEmpty();
	}

	private void pass(Set<Integer> blocked) {
		List<Integer> quick = IntStream.range(0, CALLS).filter((n) -> !blocked.contains(n)).boxed().toList();
		Queue<Integer> answers = new ConcurrentLinkedQueue<>();
		int before = this.tools.seen.size();
		CompletableFuture<Long> all = Flux.range(0, CALLS)
			.flatMap((n) -> this.agent.invoke(blocked.contains(n) ? "hold" : "quick")
				.arguments(Map.of("id", n))
				.toMono(Integer.class), CALLS)
			.doOnNext(answers::add)
			.count()
			.toFuture();
		Await.until("answers of quick calls", () -> answers.size() >= quick.size());
		assertThat(answers).containsExactlyInAnyOrderElementsOf(quick);
		this.tools.release.release(blocked.size());
		Await.until(all::isDone);
		assertThat(all.join()).isEqualTo(CALLS);
		assertThat(this.tools.disturbed).isEmpty();
		assertThat(this.tools.seen.size() - before).isEqualTo(CALLS);
		assertThat(this.tools.seen).doesNotHaveDuplicates();
	}

	static class Tools {

		private final Semaphore release = new Semaphore(0);

		private final ThreadLocal<Integer> decoration = new ThreadLocal<>();

		private final AtomicInteger decorations = new AtomicInteger();

		private final Queue<Integer> seen = new ConcurrentLinkedQueue<>();

		private final Queue<Integer> disturbed = new ConcurrentLinkedQueue<>();

		@AgentTool
		int hold(int id) throws InterruptedException {
			this.seen.add(this.decoration.get());
			this.release.acquire();
			return id;
		}

		@AgentTool
		int quick(int id) {
			if (Thread.interrupted()) {
				this.disturbed.add(id);
			}
			this.seen.add(this.decoration.get());
			return id;
		}

	}

}
