package io.agentsocket.autoconfigure.event;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.event.EventListeners;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentSession;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Blocking listeners and blocking tools have the threads of one executor.
 */
class SharedThreadsTests {

	private static final int SESSIONS = 20;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, TaskExecutionAutoConfiguration.class,
				AgentSocketAutoConfiguration.class, AgentSocketActionAutoConfiguration.class,
				AgentSocketToolAutoConfiguration.class, AgentSocketEventAutoConfiguration.class))
		.withPropertyValues("spring.task.execution.pool.core-size=4", "spring.threads.virtual.enabled=false");

	private static AgentSession session(String id, String principal) {
		AgentSession session = mock(AgentSession.class);
		given(session.id()).willReturn(id);
		given(session.principal()).willReturn(() -> principal);
		return session;
	}

	@Test
	void listenersOfOnePrincipalLeaveAThreadToTheToolsOfOthers() {
		Slow slow = new Slow();
		this.runner.withBean(Slow.class, () -> slow).run((context) -> {
			EventListeners listeners = context.getBean(EventListeners.class);
			for (int i = 0; i < SESSIONS; i++) {
				listeners.sinkFor(session("s" + i, "alice"), JacksonCodec.cbor(), Runnable::run)
					.event("slow", Bytes.EMPTY);
			}
			Executor other = context.getBean(AgentTools.class).executorFor(session("t", "bob"));
			CountDownLatch ran = new CountDownLatch(1);
			other.execute(ran::countDown);
			Await.until(ran);
			assertThat(slow.begun.get()).isLessThan(4);
			slow.release.countDown();
			Await.until(() -> slow.ended.get() == SESSIONS);
		});
	}

	@Test
	void listenersNeedNoTools() {
		Slow slow = new Slow();
		slow.release.countDown();
		this.runner.withClassLoader(new FilteredClassLoader("com.github.victools"))
			.withBean(Slow.class, () -> slow)
			.run((context) -> {
				context.getBean(EventListeners.class)
					.sinkFor(session("s", "alice"), JacksonCodec.cbor(), Runnable::run)
					.event("slow", Bytes.EMPTY);
				Await.until(() -> slow.ended.get() == 1);
			});
	}

	static class Slow {

		final AtomicInteger begun = new AtomicInteger();

		final AtomicInteger ended = new AtomicInteger();

		final CountDownLatch release = new CountDownLatch(1);

		@AgentEvent("slow")
		void slow() {
			this.begun.incrementAndGet();
			Await.until(this.release);
			this.ended.incrementAndGet();
		}

	}

}
