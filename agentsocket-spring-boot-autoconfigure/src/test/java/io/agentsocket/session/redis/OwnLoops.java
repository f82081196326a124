package io.agentsocket.session.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.SessionState;
import io.netty.channel.EventLoop;
import reactor.netty.resources.LoopResources;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Event loops and connections that belong to one test. All of them end behind it, the
 * latest one first.
 */
final class OwnLoops {

	private final String name;

	private final List<AutoCloseable> closing = new ArrayList<>();

	OwnLoops(String name) {
		this.name = name;
	}

	/** Closes a resource behind the test. */
	<T extends AutoCloseable> T closed(T resource) {
		this.closing.add(resource);
		return resource;
	}

	/** The test has closed the latest resource by itself. */
	void forgetLatest() {
		this.closing.remove(this.closing.size() - 1);
	}

	LoopResources resources(int workers) {
		LoopResources created = LoopResources.create(this.name, 1, workers, true);
		this.closing.add(() -> created.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(Await.LONG));
		return created;
	}

	void start(LettuceConnectionFactory factory) {
		factory.afterPropertiesSet();
		factory.start();
		this.closing.add(factory::destroy);
	}

	LoopConnections connections(LettuceConnectionFactory factory) {
		LoopConnections loops = LoopConnections.to(factory);
		this.closing.add(loops::close);
		return loops;
	}

	/** The result of a task that an event loop has run. */
	static <T> T on(EventLoop loop, Callable<T> task) {
		try {
			return loop.submit(task).get(Await.LONG.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Opens session {@code one}, whose owner is {@code a/1}. */
	static void open(RedisSessionStore store) {
		store
			.open(new SessionState("one", "log1", 1, null, AgentInfo.UNKNOWN, "cbor", Instant.now()), "a/1", "t1",
					Duration.ofMinutes(5))
			.block(Await.LONG);
	}

	void close() throws Exception {
		for (int i = this.closing.size() - 1; i >= 0; i--) {
			this.closing.get(i).close();
		}
	}

}
