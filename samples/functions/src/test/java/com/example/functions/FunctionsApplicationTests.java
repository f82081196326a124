package com.example.functions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample runs to its end, and shows what it says that it shows.
 */
@ExtendWith(OutputCaptureExtension.class)
class FunctionsApplicationTests {

	@Test
	void everythingHappens(CapturedOutput output) throws Exception {
		FunctionsApplication.run();
		assertThat(output.getOut()).contains("story.tell -> Once upon a time an agent asked")
			.contains("cart.add -> [apple]")
			.contains("cart.add -> [apple, pear]")
			.contains("report.write -> accepted")
			.contains("report.ready: Rivers, 3 pages")
			.contains("weather.current -> {temp=21.5}")
			.contains("the agent is asked: Which day?")
			.contains("trip.book -> Paris on 2027-03-01")
			.contains("story.tell -> some words, then error 32");
	}

}
