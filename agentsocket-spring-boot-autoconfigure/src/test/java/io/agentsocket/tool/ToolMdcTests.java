package io.agentsocket.tool;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.TestServer;
import io.agentsocket.session.SessionMdc;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lines that tools write to the log say for whom, in both directions, and nothing of that
 * stays on a thread.
 */
class ToolMdcTests {

	private final LogLines lines = LogLines.of(Tools.class);

	/** A single thread, so that each tool meets what the tool before has left. */
	private final ExecutorService executor = Executors.newSingleThreadExecutor();

	@AfterEach
	void forget() {
		Hooks.disableAutomaticContextPropagation();
		this.lines.close();
		this.executor.shutdownNow();
	}

	private Action[] tools(boolean mdc) {
		return AgentTools.builder()
			.executor(this.executor)
			.mdc(mdc)
			.build()
			.actionsOf(new Tools())
			.toArray(Action[]::new);
	}

	private AgentSocketClient agent(TestServer server, Action... offered) {
		return AgentSocketClient.builder(server.uri())
			.headers((headers) -> headers.set(TestServer.PRINCIPAL, "ann"))
			.offer(List.of(offered))
			.build();
	}

	/** No thread that has run a tool knows anything of it any more. */
	private void assertNothingStays() throws Exception {
		assertThat(this.executor.submit(() -> String.valueOf(MDC.get(SessionMdc.SESSION))).get()).isEqualTo("null");
		assertThat(MDC.get(SessionMdc.SESSION)).isNull();
		this.lines.list.clear();
	}

	private void assertLines(String session, String principal, String... texts) {
		assertThat(this.lines.texts()).containsExactly(texts);
		assertThat(this.lines.list)
			.allSatisfy((line) -> assertThat(line.getMDCPropertyMap()).containsEntry(SessionMdc.SESSION, session)
				.containsEntry(SessionMdc.PRINCIPAL, principal));
	}

	@Test
	void linesOfToolsHaveSessionAndPrincipal() throws Exception {
		try (TestServer server = TestServer.with(tools(true))) {
			AgentSocketClient agent = agent(server);
			assertThat(agent.invoke("blocking").toMono(String.class).block(Await.LONG)).isEqualTo("x");
			String id = agent.sessionId();
			assertLines(id, "ann", "blocking");
			assertNothingStays();
			agent.invoke("pulled").toFlux(String.class).collectList().block(Await.LONG);
			assertLines(id, "ann", "pulled", "item");
			assertNothingStays();
			agent.invoke("reactive").toMono(String.class).block(Await.LONG);
			assertLines(id, "ann", "assembled", "subscribed");
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void linesOfOtherThreadsHaveThemWhereReactorPropagatesContexts() throws Exception {
		Hooks.enableAutomaticContextPropagation();
		try (TestServer server = TestServer.with(tools(true))) {
			AgentSocketClient agent = agent(server);
			agent.invoke("wandering").toFlux(Integer.class).collectList().block(Await.LONG);
			String id = agent.sessionId();
			assertLines(id, "ann", "item 1", "item 2");
			assertNothingStays();
			agent.invoke("waiting").toMono(String.class).block(Await.LONG);
			assertLines(id, "ann", "inner", "outer");
			assertNothingStays();
			assertThat(Mono.fromCallable(() -> String.valueOf(MDC.get(SessionMdc.SESSION)))
				.subscribeOn(Schedulers.parallel())
				.block(Await.LONG)).isEqualTo("null");
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void toolsOfAnAgentHaveThemToo() throws Exception {
		try (TestServer server = TestServer.with()) {
			AgentSocketClient agent = agent(server, tools(true));
			agent.connect().block(Await.LONG);
			new AgentSocketOperations(server.server()).session(agent.sessionId())
				.flatMap((socket) -> socket.invoke("blocking").toMono(String.class))
				.block(Await.LONG);
			assertLines(agent.sessionId(), "", "blocking");
			assertNothingStays();
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void aToolOfTheSameProcessThatIsCalledMeanwhileDoesNotTakeThemAway() throws Exception {
		try (TestServer other = TestServer.with(tools(true));
				TestServer server = TestServer.with(AgentTools.builder()
					.build()
					.actionsOf(new Calling(AgentSocketClient.builder(other.uri()).build()))
					.toArray(Action[]::new))) {
			AgentSocketClient agent = agent(server);
			assertThat(agent.invoke("calling").toMono(String.class).block(Await.LONG)).isEqualTo(agent.sessionId());
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void theMdcIsLeftAloneWhenItIsSwitchedOff() {
		try (TestServer server = TestServer.with(tools(false))) {
			AgentSocketClient agent = agent(server);
			agent.invoke("blocking").toMono(String.class).block(Await.LONG);
			assertThat(this.lines.list).hasSize(1)
				.allSatisfy((line) -> assertThat(line.getMDCPropertyMap()).doesNotContainKey(SessionMdc.SESSION));
			agent.close().block(Await.LONG);
		}
	}

	static class Tools {

		private static final Log logger = LogFactory.getLog(Tools.class);

		@AgentTool
		String blocking() {
			logger.info("blocking");
			return "x";
		}

		@AgentTool
		Stream<String> pulled() {
			logger.info("pulled");
			return Stream.of("a").peek((item) -> logger.info("item"));
		}

		@AgentTool
		Mono<String> reactive() {
			logger.info("assembled");
			return Mono.fromSupplier(() -> {
				logger.info("subscribed");
				return "x";
			});
		}

		@AgentTool
		Flux<Integer> wandering() {
			return Flux.just(1, 2).publishOn(Schedulers.parallel()).doOnNext((item) -> logger.info("item " + item));
		}

		@AgentTool
		String waiting() {
			Mono.just("x").publishOn(Schedulers.parallel()).doOnNext((item) -> logger.info("inner")).block();
			logger.info("outer");
			return "x";
		}

	}

	static class Calling {

		private final AgentSocketClient next;

		Calling(AgentSocketClient next) {
			this.next = next;
		}

		@AgentTool
		String calling(AgentExchange exchange) {
			this.next.invoke("reactive").toMono(String.class).block(Await.LONG);
			this.next.close().block(Await.LONG);
			return MDC.get(SessionMdc.SESSION);
		}

	}

}
