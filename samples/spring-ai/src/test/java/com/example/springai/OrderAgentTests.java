package com.example.springai;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.agentsocket.codec.Progress;
import io.agentsocket.springai.RemoteToolCall;
import io.agentsocket.springai.RemoteToolListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A model discovers tools, calls them side by side, streams, answers a question of a
 * tool, and is cancelled.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class OrderAgentTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private final List<Object> seen = new CopyOnWriteArrayList<>();

	private final RemoteToolListener listener = new RemoteToolListener() {

		@Override
		public void progress(RemoteToolCall call, Progress progress) {
			OrderAgentTests.this.seen.add(progress.text());
		}

		@Override
		public void item(RemoteToolCall call, Object item) {
			OrderAgentTests.this.seen.add(item);
		}

	};

	@LocalServerPort
	private int port;

	@Autowired
	private ChatModel model;

	@Autowired
	private OrderTools tools;

	private OrderAgent agent;

	@BeforeEach
	void start() {
		this.agent = new OrderAgent("ws://127.0.0.1:" + this.port + "/agentsocket", this.model,
				(question) -> question.contains("order 7") ? "broken" : "unknown");
	}

	@AfterEach
	void close() {
		this.agent.close();
	}

	private String ask(String question) {
		return String.join("", this.agent.ask(question, this.listener).collectList().block(TIMEOUT));
	}

	@Test
	void callsToolsSideBySideAndShowsItems() {
		assertThat(ask("Where are my orders?")).contains("Linz", "Ulm", "two pens");
		assertThat(this.seen).containsSubsequence("two pens", "a ruler").contains("reading order 7");
	}

	@Test
	void letsAToolAskThePerson() {
		assertThat(ask("Please take it back")).isEqualTo("refunded, because it is broken");
	}

	@Test
	void interruptsAToolWhenTheChatIsCancelled() throws InterruptedException {
		Disposable chat = this.agent.ask("Please watch it", this.listener).subscribe();
		assertThat(this.tools.watching().await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		chat.dispose();
		assertThat(this.tools.abandoned().await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

}
