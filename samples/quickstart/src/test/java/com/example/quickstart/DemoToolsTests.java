package com.example.quickstart;

import java.util.Locale;

import com.example.quickstart.DemoTools.State;
import com.example.quickstart.DemoTools.Weather;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.RunningInvocation;
import io.agentsocket.test.autoconfigure.AgentSocketTest;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The tools of the sample, one by one.
 */
@AgentSocketTest
class DemoToolsTests {

	@Autowired
	private AgentSocketTester agent;

	@Test
	void asksWhichSpringfield() {
		this.agent.invoke("weather.current")
			.argument("city", "Springfield")
			.answering(State.OREGON)
			.expectValue(Weather.class)
			.isEqualTo(DemoTools.weather("Springfield, OREGON"));
	}

	@Test
	void writesLoudlyOnRequest() {
		RunningInvocation<String> writing = this.agent.invoke("llm.tokens").sendingItems().start(String.class);
		writing.expectNext("agents ");
		writing.send("loudly").completeItems();
		String next = writing.expectNext().get();
		while (!next.equals(next.toUpperCase(Locale.ROOT))) {
			next = writing.expectNext().get();
		}
	}

	@Test
	void goesOnWritingInAnotherPod() {
		RunningInvocation<String> writing = this.agent.invoke("llm.tokens").argument("n", 40).start(String.class);
		writing.expectNext("agents ", "talk ");
		this.agent.moveToAnotherPod();
		writing.expectNext("over ", "one ", "open ", "socket ");
	}

	@Test
	void offersMoreToThoseWhoEnter() {
		this.agent.expectNoAction("shop.buy");
		this.agent.invoke("shop.enter").expectNoValue();
		this.agent.invoke("shop.buy").expectText().isEqualTo("bought");
		assertThat(this.agent.anotherAgent().actions()).doesNotContain("shop.buy");
	}

	@Test
	void refusesABadBooking() {
		this.agent.invoke("table.book")
			.argument("guests", 9)
			.argument("day", "2020-01-01")
			.argument("email", "none")
			.expectViolations("/guests", "/day", "/email");
	}

}
