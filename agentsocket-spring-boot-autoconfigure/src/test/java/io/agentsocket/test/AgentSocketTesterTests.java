package io.agentsocket.test;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.action.Answer;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.test.ShopTools.Order;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Each kind of expectation of a tester in memory.
 */
class AgentSocketTesterTests {

	private final ShopServer shop = new ShopServer();

	private final AgentSocketTester agent = this.shop.tester().build();

	@AfterEach
	void close() {
		this.agent.close();
		Await.until(() -> this.shop.server.sessions().isEmpty());
		assertThat(this.shop.server.sessions()).isEmpty();
		Await.until(() -> this.shop.server.connections() == 0);
		assertThat(this.shop.server.connections()).isZero();
		this.shop.close();
	}

	@Test
	void expectsValues() {
		this.agent.invoke("shop.price")
			.argument("item", "book")
			.argument("count", 2)
			.expectValue(int.class)
			.isEqualTo(8);
		this.agent.invoke("shop.price")
			.arguments(Map.of("item", "pen", "count", 1))
			.expectValue(Integer.class)
			.satisfies((price) -> assertThat(price).isEqualTo(3));
		this.agent.invoke("shop.basket").expectValue(new ParameterizedTypeReference<List<Order>>() {
		}).isEqualTo(List.of(new Order("book", 1), new Order("pen", 2)));
		this.agent.invoke("shop.clear").expectNoValue();
	}

	@Test
	void expectsItemsAndText() {
		this.agent.invoke("shop.orders")
			.argument("count", 2)
			.expectItems(Order.class)
			.containsExactly(new Order("book", 1), new Order("book", 2))
			.hasSize(2);
		this.agent.invoke("shop.items").expectText().isEqualTo("bookpencup");
	}

	@Test
	void givesStreamsToStepVerifier() {
		this.agent.invoke("shop.orders")
			.argument("count", 3)
			.toFlux(Order.class)
			.as((orders) -> StepVerifier.create(orders, 1))
			.expectNext(new Order("book", 1))
			.thenRequest(2)
			.expectNextCount(2)
			.expectComplete()
			.verify(Await.LONG);
		this.agent.invoke("shop.basket").toFlux(new ParameterizedTypeReference<List<Order>>() {
		})
			.as(StepVerifier::create)
			.expectNext(List.of(new Order("book", 1), new Order("pen", 2)))
			.expectComplete()
			.verify(Await.LONG);
	}

	@Test
	void expectsErrors() {
		this.agent.invoke("shop.price").argument("count", 200).expectViolations("/item", "/count");
		this.agent.invoke("shop.price")
			.argument("item", "book")
			.argument("count", 200)
			.expectError(ErrorCode.INVALID_ARGUMENT)
			.violation("/count", "Max")
			.hasNotRun();
		this.agent.invoke("shop.fail").argument("own", true).expectError(1001).message("Sold out").isRetryable();
		this.agent.invoke("shop.fail")
			.argument("own", false)
			.expectError(ErrorCode.INTERNAL)
			.satisfies((error) -> assertThat(error.correlation()).isNotEmpty());
		this.agent.invoke("shop.late").deadline(Duration.ofMillis(100)).expectError(ErrorCode.DEADLINE_EXCEEDED);
		this.agent.invoke("shop.none").expectError(ErrorCode.NOT_FOUND);
	}

	@Test
	void answersQuestionsBeforehand() {
		this.agent.invoke("shop.buy")
			.argument("item", "pen")
			.answering(3)
			.expectValue(Order.class)
			.isEqualTo(new Order("pen", 3));
		this.agent.invoke("shop.buy")
			.argument("item", "pen")
			.answering(Answer.declined())
			.expectError(ErrorCode.FAILED_PRECONDITION)
			.message("The question was declined");
		this.agent.invoke("shop.buy")
			.argument("item", "pen")
			.expectError(ErrorCode.FAILED_PRECONDITION)
			.messageContains("answers none");
		this.agent.invoke("shop.order").argument("item", "pen").approving().expectText().isEqualTo("ordered pen");
		this.agent.invoke("shop.order").argument("item", "pen").declining().expectError(ErrorCode.PERMISSION_DENIED);
	}

	@Test
	void answersQuestionsInTheMiddle() {
		RunningInvocation<Order> buying = this.agent.invoke("shop.buy").argument("item", "cup").start(Order.class);
		buying.expectQuestion()
			.prompt("How many of cup?")
			.satisfies((question) -> assertThat(question.schema()).containsEntry("type", "integer"))
			.answer(4);
		buying.expectNext(new Order("cup", 4)).expectComplete();
		RunningInvocation<String> ordering = this.agent.invoke("shop.order")
			.argument("item", "cup")
			.start(String.class);
		ordering.expectApproval().argument("item", "cup").approve();
		ordering.expectNext("ordered cup").expectComplete();
	}

	@Test
	void keepsTheQuestionsOfInvocationsApart() {
		RunningInvocation<Order> cups = this.agent.invoke("shop.buy").argument("item", "cup").start(Order.class);
		RunningInvocation<Order> pens = this.agent.invoke("shop.buy").argument("item", "pen").start(Order.class);
		pens.expectQuestion().prompt("How many of pen?").answer(1);
		cups.expectQuestion().prompt("How many of cup?").answer(2);
		cups.expectNext(new Order("cup", 2));
		pens.expectNext(new Order("pen", 1));
	}

	@Test
	void goesOnAfterACutConnection() {
		RunningInvocation<Integer> watching = this.agent.invoke("shop.watch").start(Integer.class);
		this.shop.tools.stock.tryEmitNext(1).orThrow();
		watching.expectNext(1);
		this.agent.cut();
		this.shop.tools.stock.tryEmitNext(2).orThrow();
		watching.expectNext(2);
		this.agent.disconnect();
		assertThat(this.agent.client().state()).isEqualTo(ConnectionState.CONNECTING);
		this.shop.tools.stock.tryEmitNext(3).orThrow();
		this.agent.reconnect();
		watching.expectNext(3);
		this.shop.tools.stock.tryEmitComplete().orThrow();
		watching.expectComplete();
	}

	@Test
	void movesToAnotherPodAndBack() {
		RunningInvocation<Integer> watching = this.agent.invoke("shop.watch").start(Integer.class);
		this.shop.tools.stock.tryEmitNext(1).orThrow();
		watching.expectNext(1);
		String session = this.agent.sessionId();
		this.agent.moveToAnotherPod();
		this.shop.tools.stock.tryEmitNext(2).orThrow();
		watching.expectNext(2);
		this.agent.invoke("shop.price")
			.argument("item", "book")
			.argument("count", 2)
			.expectValue(int.class)
			.isEqualTo(8);
		this.agent.moveToAnotherPod();
		this.shop.tools.stock.tryEmitNext(3).orThrow();
		watching.expectNext(3);
		assertThat(this.agent.sessionId()).isEqualTo(session);
		assertThat(this.agent.session().id()).isEqualTo(session);
	}

	@Test
	void asksAcrossPods() {
		RunningInvocation<Order> buying = this.agent.invoke("shop.buy").argument("item", "cup").start(Order.class);
		ExpectedQuestion question = buying.expectQuestion();
		this.agent.moveToAnotherPod();
		question.answer(5);
		buying.expectNext(new Order("cup", 5)).expectComplete();
	}

	@Test
	void sendsItemsAndStopsAndCancels() throws InterruptedException {
		this.agent.invoke("shop.sum").items(1, 2, 3).expectValue(int.class).isEqualTo(6);
		this.agent.invoke("shop.sum")
			.sendingItems()
			.start(Integer.class)
			.send(4)
			.send(5)
			.completeItems()
			.expectNext(9)
			.expectComplete();
		RunningInvocation<String> work = this.agent.invoke("shop.work").start(String.class);
		work.expectProgress().satisfies((progress) -> assertThat(progress.text()).isEqualTo("begun"));
		work.stop().expectNext("stopped").expectComplete();
		RunningInvocation<Integer> watching = this.agent.invoke("shop.watch").start(Integer.class);
		this.shop.tools.stock.tryEmitNext(1).orThrow();
		watching.expectNext(1);
		watching.cancel();
		assertThat(this.shop.tools.watchCancelled.await(Await.LONG.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
	}

	@Test
	void showsOfferedActions() {
		this.agent.expectAction("shop.price")
			.description("Price of an item")
			.arguments("item", "count")
			.requiredArguments("item", "count")
			.isReadOnly()
			.isIdempotent();
		this.agent.expectAction("shop.order").needsApproval();
		this.agent.expectAction("shop.clear").isDestructive();
		this.agent.expectNoAction("shop.steal");
		assertThat(this.agent.actions()).contains("shop.price", "shop.items");
	}

	@Test
	void isWhoeverTheTestSays() {
		this.agent.as("alice").invoke("shop.whoAmI").expectText().isEqualTo("alice");
		this.agent.as("bob").invoke("shop.whoAmI").expectText().isEqualTo("bob");
		assertThat(this.agent.as("carl").session().principal().getName()).isEqualTo("carl");
		assertThat(this.agent.anotherAgent().sessionId()).isNotEqualTo(this.agent.sessionId());
	}

	@Test
	void offersActionsOfItsOwn() {
		AgentSocketOperations sockets = new AgentSocketOperations(this.shop.server);
		this.agent.offer("agent.upper", Text.class, (asked) -> Mono.just(asked.text().toUpperCase(Locale.ROOT)));
		Mono<String> answer = sockets.session(this.agent.sessionId())
			.flatMap((agent) -> agent.invoke("agent.upper").arguments(new Text("hello")).toMono(String.class));
		StepVerifier.create(Await.ended(answer)).expectNext("HELLO").expectComplete().verify(Await.LONG);
		this.agent.invoke("shop.relay").argument("text", "hi").expectText().isEqualTo("HI");
	}

	record Text(String text) {

	}

	@Test
	void hearsEvents() {
		AgentSocketOperations sockets = new AgentSocketOperations(this.shop.server);
		ReceivedEvents<Order> orders = this.agent.listen("order.placed", Order.class);
		orders.expectNone();
		sockets.publish("order.placed", new Order("book", 1));
		orders.expectNext().isEqualTo(new Order("book", 1));
	}

	@Test
	void speaksAnotherCodec() {
		AgentSocketTester json = this.agent.mutate().client((client) -> client.codec(JacksonCodec.json())).build();
		json.invoke("shop.items").expectItems(String.class).containsExactly("book", "pen", "cup");
	}

	@Test
	void isUsedAgainAfterItWasClosed() {
		String before = this.agent.sessionId();
		this.agent.close();
		this.agent.close();
		assertThat(this.agent.sessionId()).isNotEqualTo(before);
	}

	@Test
	void needsASharedStoreToMove() {
		AgentSocketTester alone = AgentSocketTester.bindTo(this.shop.server).build();
		assertThatIllegalStateException().isThrownBy(alone::moveToAnotherPod).withMessageContaining("podLinks");
		alone.close();
	}

}
