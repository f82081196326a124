package io.agentsocket.test;

import java.time.Duration;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.test.ShopTools.Order;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A failed expectation names the action, the expectation and what came.
 */
class TesterFailureTests {

	private final ShopServer shop = new ShopServer();

	private final AgentSocketTester agent = this.shop.tester().build();

	/** Waits for things that do not come. */
	private final AgentSocketTester hasty = this.agent.mutate().timeout(Duration.ofMillis(1500)).build();

	@AfterEach
	void close() {
		this.agent.close();
		Await.until(() -> this.shop.server.sessions().isEmpty());
		this.shop.close();
	}

	private static AbstractThrowableAssert<?, ?> assertFailure(ThrowingCallable expectation) {
		return assertThatThrownBy(expectation).isExactlyInstanceOf(AssertionError.class);
	}

	private TestInvocation price() {
		return this.agent.invoke("shop.price").argument("item", "book").argument("count", 2);
	}

	@Test
	void anotherValue() {
		assertFailure(() -> price().expectValue(int.class).isEqualTo(9)).hasMessage("""
				Action shop.price with {item=book, count=2}
				expected: 9
				but got:  8""");
	}

	@Test
	void aValueThatAssertionsRefuse() {
		assertFailure(() -> price().expectValue(int.class).satisfies((price) -> assertThat(price).isNegative()))
			.hasMessageStartingWith("""
					Action shop.price with {item=book, count=2}
					expected: a value that the test's assertions accept
					but got:  8
					""")
			.hasMessageContaining("to be less than");
	}

	@Test
	void anErrorForAValue() {
		assertFailure(() -> this.agent.invoke("shop.fail").argument("own", true).expectValue(String.class))
			.hasMessage("""
					Action shop.fail with {own=true}
					expected: one value of java.lang.String
					but got:  the error 1001: Sold out""");
	}

	@Test
	void anErrorWhoseCauseIsInTheLog() {
		assertFailure(() -> this.agent.invoke("shop.fail").argument("own", false).expectValue(String.class))
			.hasMessageContaining("but got:  the error INTERNAL")
			.hasMessageContaining("(the server logged the cause with the correlation ");
	}

	@Test
	void aValueForAnError() {
		assertFailure(() -> price().expectError(ErrorCode.NOT_FOUND)).hasMessage("""
				Action shop.price with {item=book, count=2}
				expected: the error NOT_FOUND
				but got:  the end after [8]""");
	}

	@Test
	void severalItemsOrNoneForAValue() {
		assertFailure(() -> this.agent.invoke("shop.items").expectValue(String.class)).hasMessage("""
				Action shop.items
				expected: one value of java.lang.String
				but got:  3 items: ["book", "pen", "cup"]""");
		assertFailure(() -> this.agent.invoke("shop.clear").expectValue(String.class)).hasMessage("""
				Action shop.clear
				expected: one value of java.lang.String
				but got:  an end without a value""");
		assertFailure(() -> price().expectNoValue()).hasMessageEndingWith("""
				expected: an end without a value
				but got:  8""");
	}

	@Test
	void otherItems() {
		assertFailure(() -> this.agent.invoke("shop.items").expectItems(String.class).containsExactly("book"))
			.hasMessage("""
					Action shop.items
					expected: ["book"]
					but got:  ["book", "pen", "cup"]""");
		assertFailure(() -> this.agent.invoke("shop.items").expectItems(String.class).hasSize(2))
			.hasMessageEndingWith("""
					expected: 2 items
					but got:  3: ["book", "pen", "cup"]""");
	}

	@Test
	void aValueThatDoesNotFitItsType() {
		assertFailure(() -> price().expectValue(Order.class)).hasMessageStartingWith("""
				Action shop.price with {item=book, count=2}
				expected: one value of io.agentsocket.test.ShopTools$Order
				but got:  the e""");
	}

	@Test
	void otherViolations() {
		assertFailure(() -> this.agent.invoke("shop.price").argument("count", 200).expectViolations("/item"))
			.hasMessageStartingWith("""
					Action shop.price with {count=200}
					expected: violations at [/item] and nowhere else
					but got:  the error INVALID_ARGUMENT: The arguments do not fit
					""")
			.hasMessageContaining("\n  at /count, maximum: must have a maximum value of 100")
			.hasMessageContaining("\n  at /item, required: ");
		assertFailure(() -> this.agent.invoke("shop.none").expectError(ErrorCode.NOT_FOUND).message("There is one"))
			.hasMessageEndingWith("""
					expected: an error with the text "There is one"
					but got:  the error NOT_FOUND: There is no such action""");
	}

	@Test
	void nothingInTime() {
		assertFailure(() -> this.hasty.invoke("shop.late").expectValue(String.class)).hasMessage("""
				Action shop.late
				expected: one value of java.lang.String
				but got:  nothing within 1500 ms""");
		StepVerifier.create(Await.ended(this.hasty.invoke("shop.late").toFlux(String.class)))
			.expectErrorSatisfies((error) -> assertThat(error).isExactlyInstanceOf(AssertionError.class)
				.hasMessageContaining("Action shop.late"))
			.verify(Await.LONG);
	}

	@Test
	void nothingMoreInTime() {
		RunningInvocation<Integer> watching = this.hasty.invoke("shop.watch").start(Integer.class);
		this.shop.tools.stock.tryEmitNext(1).orThrow();
		watching.expectNext(1);
		assertFailure(watching::expectNext).hasMessage("""
				Action shop.watch
				expected: another item
				but got:  nothing within 1500 ms after [1]""");
		this.shop.tools.stock.tryEmitNext(2).orThrow();
		assertFailure(watching::expectComplete).hasMessageEndingWith("""
				expected: the end
				but got:  the item 2""");
		this.shop.tools.stock.tryEmitComplete().orThrow();
		assertFailure(() -> watching.expectNext(3)).hasMessageEndingWith("""
				expected: the item 3
				but got:  the end after [1, 2]""");
	}

	@Test
	void aQuestionThatNobodyAnswers() {
		assertFailure(() -> this.agent.invoke("shop.buy").argument("item", "pen").expectValue(Order.class))
			.hasMessageStartingWith("""
					Action shop.buy with {item=pen}
					expected: one value of io.agentsocket.test.ShopTools$Order
					but got:  the error FAILED_PRECONDITION:""")
			.hasMessageEndingWith("\nwithout an answer: the question \"How many of pen?\"");
		RunningInvocation<Order> buying = this.hasty.invoke("shop.buy").argument("item", "pen").start(Order.class);
		assertFailure(buying::expectNext).hasMessage("""
				Action shop.buy with {item=pen}
				expected: another item
				but got:  nothing within 1500 ms
				without an answer: the question "How many of pen?\"""");
	}

	@Test
	void anotherQuestionOrNone() {
		RunningInvocation<Order> buying = this.hasty.invoke("shop.buy").argument("item", "pen").start(Order.class);
		ExpectedQuestion question = buying.expectQuestion();
		assertFailure(() -> question.prompt("Why?")).hasMessageEndingWith("""
				expected: the question "Why?"
				but got:  the question "How many of pen?\"""");
		question.cancel();
		assertFailure(() -> buying.expectError(ErrorCode.NOT_FOUND)).hasMessageEndingWith("""
				expected: the error NOT_FOUND
				but got:  the error CANCELLED: The question was dismissed""");
		assertFailure(buying::expectQuestion).hasMessageEndingWith("""
				expected: a question
				but got:  nothing within 1500 ms""");
		RunningInvocation<String> ordering = this.agent.invoke("shop.order")
			.argument("item", "pen")
			.start(String.class);
		assertFailure(ordering::expectQuestion).hasMessageEndingWith("""
				expected: a question
				but got:  the request to approve shop.order with {item=pen}""");
	}

	@Test
	void anotherApproval() {
		RunningInvocation<String> ordering = this.agent.invoke("shop.order")
			.argument("item", "pen")
			.start(String.class);
		ExpectedApproval approval = ordering.expectApproval();
		assertFailure(() -> approval.argument("item", "book")).hasMessageEndingWith("""
				expected: a request for approval with item="book"
				but got:  one with {item=pen}""");
		approval.decline();
		ordering.expectError(ErrorCode.PERMISSION_DENIED).message("The approval was declined");
	}

	@Test
	void anotherOffer() {
		assertFailure(() -> this.agent.expectAction("shop.steal")).hasMessageStartingWith("""
				Actions that are offered to the agent
				expected: the action shop.steal
				but got:  [shop.basket, shop.buy,""");
		assertFailure(() -> this.agent.expectNoAction("shop.buy")).hasMessageContaining("expected: no action shop.buy");
		assertFailure(() -> this.agent.expectAction("shop.price").arguments("item")).hasMessage("""
				Action shop.price as it is offered
				expected: the arguments [item]
				but got:  [count, item]""");
		assertFailure(() -> this.agent.expectAction("shop.buy").isReadOnly())
			.hasMessageContaining("expected: an action that is read-only");
	}

	@Test
	void aHiddenAction() {
		this.shop.catalog
			.add(Action.named("shop.secret").visibleTo((session) -> false).handler((exchange) -> Mono.empty()));
		String hidden = "The server has this action and hides it from this agent";
		assertFailure(() -> this.agent.expectAction("shop.secret")).hasMessageContaining(hidden);
		assertFailure(() -> this.agent.invoke("shop.secret").expectNoValue())
			.hasMessageContaining("but got:  the error NOT_FOUND: There is no such action\n" + hidden);
		assertFailure(() -> this.agent.invoke("shop.nothing").expectNoValue())
			.hasMessageEndingWith("There is no such action");
		this.agent.expectNoAction("shop.secret");
	}

	@Test
	void aValueThatLacksAProperty() {
		assertFailure(() -> this.agent.invoke("shop.orders").argument("count", 1).expectValue(Receipt.class))
			.hasMessageContaining("/number is required");
	}

	private record Receipt(String item, int count, @JsonProperty(required = true) String number) {

	}

	@Test
	void aCallOfAnAgentThatIsDisconnected() {
		this.hasty.invoke("shop.clear").expectNoValue();
		this.hasty.disconnect();
		assertFailure(() -> this.hasty.invoke("shop.clear").expectNoValue())
			.hasMessageEndingWith("\nThe test has disconnected the agent, which waits for reconnect()");
		assertFailure(() -> this.hasty.sendEvent("order.placed", "pen")).hasMessageContaining("but got:  none")
			.hasMessageEndingWith("\nThe test has disconnected the agent, which waits for reconnect()");
		this.hasty.reconnect();
		this.hasty.invoke("shop.clear").expectNoValue();
	}

	@Test
	void noEvent() {
		ReceivedEvents<Order> orders = this.hasty.listen("order.placed", Order.class);
		assertFailure(orders::expectNext).hasMessage("""
				Event order.placed
				expected: an event whose payload fits the type
				but got:  nothing within 1500 ms; one whose payload does not fit is dropped""");
	}

	@Test
	void noConnection() {
		this.shop.server.close();
		MemoryLink link = new MemoryLink(this.shop.server, (server) -> server, null);
		TestedConnection connection = new TestedConnection(link, Duration.ofMillis(100), (client) -> {
		});
		assertFailure(connection::client).hasMessageStartingWith("""
				Agent of ws://memory/agentsocket
				expected: a connection
				but got:""").hasMessageContaining("The server accepts no connection");
		connection.close();
	}

	@Test
	void noItemsWereAnnounced() {
		RunningInvocation<Integer> sum = this.agent.invoke("shop.sum").start(Integer.class);
		assertThatIllegalStateException().isThrownBy(() -> sum.send(1)).withMessageContaining("sendingItems()");
	}

}
