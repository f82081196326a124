package io.agentsocket.mcp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events of a response, and whoever hears of them.
 */
class HttpReplyTests {

	private final List<McpAnswer> answers = new ArrayList<>();

	private final HttpReply reply = reply();

	private HttpReply reply() {
		RpcMessage message = new RpcMessage();
		message.id = Bytes.utf8("1");
		message.meta.progressToken = Bytes.utf8("7");
		List<MonoSink<McpAnswer>> sinks = new ArrayList<>();
		Mono.<McpAnswer>create(sinks::add).subscribe(this.answers::add);
		HttpReply created = new HttpReply(message, Revision.STATELESS, true, sinks.get(0), Duration.ofDays(1));
		created.open();
		return created;
	}

	private Flux<Bytes> events() {
		return this.answers.get(0).events();
	}

	@Test
	void clientThatLeavesWhileItIsToldSomethingIsHeardOfWithoutTheLock() {
		List<Boolean> locked = new ArrayList<>();
		this.reply.onCancel(() -> locked.add(Thread.holdsLock(this.reply)));
		events().take(1).subscribe();
		this.reply.progress(1, null, null);
		assertThat(locked).containsExactly(false);
	}

	@Test
	void responseThatIsOverBeforeItsEventsAreReadEndsTheCall() {
		List<String> heard = new ArrayList<>();
		this.reply.onCancel(() -> heard.add("cancelled"));
		this.answers.get(0).over().run();
		assertThat(heard).containsExactly("cancelled");
		this.reply.result(CallResult.nothing(), () -> heard.add("nothing is held"));
		assertThat(heard).containsExactly("cancelled", "nothing is held");
	}

	@Test
	void endOfAResponseThatIsWrittenCancelsNothing() {
		List<String> heard = new ArrayList<>();
		this.reply.onCancel(() -> heard.add("cancelled"));
		events().subscribe();
		this.reply.result(CallResult.nothing(), () -> heard.add("nothing is held"));
		assertThat(heard).isEmpty();
		this.answers.get(0).over().run();
		assertThat(heard).containsExactly("nothing is held");
	}

	@Test
	void roomForResultsIsToldWithoutTheLock() {
		List<Boolean> locked = new ArrayList<>();
		this.reply.onRoom(() -> locked.add(Thread.holdsLock(this.reply)));
		events().subscribe(new BaseSubscriber<>() {

			private int taken;

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				request(1);
			}

			@Override
			protected void hookOnNext(Bytes event) {
				// As a web server that is given more while it writes.
				if (++this.taken == 1) {
					for (int i = 2; i < 20; i++) {
						HttpReplyTests.this.reply.progress(i, null, null);
					}
					request(Long.MAX_VALUE);
				}
			}

		});
		this.reply.progress(1, null, null);
		assertThat(locked).containsExactly(false);
	}

	@Test
	void eventsOfSeveralThreadsAllArriveAndTheLastOneIsTheResult() {
		List<String> told = new CopyOnWriteArrayList<>();
		events().map(Bytes::toUtf8).subscribe(told::add);
		List<Thread> threads = Stream.of(0, 1, 2, 3).map((offset) -> new Thread(() -> {
			for (int i = 1; i <= 500; i++) {
				this.reply.progress(4 * i + offset, null, null);
			}
		})).toList();
		threads.forEach(Thread::start);
		Await.until(() -> threads.stream().noneMatch(Thread::isAlive));
		this.reply.result(CallResult.nothing());
		List<Double> progress = told.stream()
			.filter((event) -> event.contains("\"progress\":"))
			.map((event) -> Double.valueOf(event.replaceAll("(?s).*\"progress\":([0-9.]+).*", "$1")))
			.toList();
		assertThat(progress).isNotEmpty().isSorted().doesNotHaveDuplicates();
		assertThat(told).hasSize(progress.size() + 1);
		assertThat(told.get(told.size() - 1)).contains("\"result\"");
	}

}
