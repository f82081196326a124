package io.agentsocket.docs.tables;

import java.time.Duration;

import io.agentsocket.docs.tables.TableTools.Booking;
import io.agentsocket.docs.tables.TableTools.Evening;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.ReceivedEvents;
import io.agentsocket.test.RunningInvocation;
import io.agentsocket.test.autoconfigure.AgentSocketTest;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.test.context.support.WithMockUser;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * The snippets of {@code docs/testing.md}.
 */
// tag::slice[]
@AgentSocketTest
class TableToolsTests {

	@Autowired
	AgentSocketTester agent;

	@MockitoBean
	Tables tables;

	// end::slice[]
	// tag::value[]
	@Test
	void booksATable() {
		given(this.tables.book(4, Evening.FRIDAY)).willReturn(17);
		this.agent.invoke("table.book")
			.argument("guests", 4)
			.answering(Evening.FRIDAY)
			.expectValue(Booking.class)
			.isEqualTo(new Booking(17, 4, Evening.FRIDAY));
	}
	// end::value[]

	// tag::violations[]
	@Test
	void refusesCrowds() {
		this.agent.invoke("table.book").argument("guests", 9).expectViolations("/guests");
	}

	@Test
	void knowsItsBookings() {
		this.agent.invoke("table.cancel")
			.argument("number", 5)
			.approving()
			.expectError(ErrorCode.NOT_FOUND)
			.message("There is no such booking");
	}
	// end::violations[]

	// tag::stream[]
	@Test
	void countsFreeTables() {
		given(this.tables.free()).willReturn(Flux.just(3, 2, 1));
		this.agent.invoke("table.free").expectItems(Integer.class).containsExactly(3, 2, 1);
		this.agent.invoke("table.free")
			.toFlux(Integer.class)
			.as((free) -> StepVerifier.create(free, 1))
			.expectNext(3)
			.thenRequest(2)
			.expectNext(2, 1)
			.expectComplete()
			.verify(Duration.ofSeconds(60));
	}
	// end::stream[]

	// tag::questions[]
	@Test
	void asksForTheEvening() {
		given(this.tables.book(2, Evening.SATURDAY)).willReturn(18);
		RunningInvocation<Booking> booking = this.agent.invoke("table.book").argument("guests", 2).start(Booking.class);
		booking.expectQuestion().prompt("Which evening?").answer(Evening.SATURDAY);
		booking.expectNext(new Booking(18, 2, Evening.SATURDAY)).expectComplete();
	}

	@Test
	void asksBeforeItCancels() {
		RunningInvocation<Object> cancelling = this.agent.invoke("table.cancel")
			.argument("number", 17)
			.start(Object.class);
		cancelling.expectApproval().argument("number", 17).decline();
		cancelling.expectError(ErrorCode.PERMISSION_DENIED);
	}
	// end::questions[]

	// tag::events[]
	@Test
	void tellsOfFreedTables() {
		given(this.tables.cancel(17)).willReturn(true);
		ReceivedEvents<Integer> freed = this.agent.listen("table.freed", Integer.class);
		this.agent.invoke("table.cancel").argument("number", 17).approving().expectNoValue();
		freed.expectNext().isEqualTo(17);
		freed.expectNone();
	}
	// end::events[]

	// tag::principal[]
	@Test
	void closesForOwnersOnly() {
		AgentSocketTester owner = this.agent.as(new TestingAuthenticationToken("ann", "", "ROLE_OWNER"));
		owner.invoke("table.close").expectText().isEqualTo("closed");
		this.agent.as("bob").expectNoAction("table.close");
	}

	@Test
	@WithMockUser(roles = "OWNER")
	void closesForTheUserOfTheTest() {
		this.agent.invoke("table.close").expectText().isEqualTo("closed");
	}
	// end::principal[]

	// tag::offered[]
	@Test
	void describesItself() {
		this.agent.expectAction("table.cancel")
			.description("Cancels a booking")
			.arguments("number")
			.isDestructive()
			.needsApproval();
		assertThat(this.agent.actions()).containsExactly("table.book", "table.cancel", "table.free");
	}
	// end::offered[]

	// tag::move[]
	@Test
	void goesOnInAnotherPod() {
		Sinks.Many<Integer> free = Sinks.many().unicast().onBackpressureBuffer();
		given(this.tables.free()).willReturn(free.asFlux());
		RunningInvocation<Integer> watching = this.agent.invoke("table.free").start(Integer.class);
		free.tryEmitNext(3);
		watching.expectNext(3);
		this.agent.cut();
		free.tryEmitNext(2);
		watching.expectNext(2);
		this.agent.moveToAnotherPod();
		free.tryEmitNext(1);
		watching.expectNext(1);
	}
	// end::move[]

}
