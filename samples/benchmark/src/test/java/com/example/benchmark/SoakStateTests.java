package com.example.benchmark;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class SoakStateTests {

	private static final String BEFORE = "50000000,0,30,200,0,0,0,5,1000000";

	@Test
	void whatStaysTheSameHasNotGrown() {
		SoakState before = SoakState.parse(BEFORE);
		assertThat(SoakState.parse(before.encode())).isEqualTo(before);
		assertThat(before.grownSince(before)).isEmpty();
		assertThat(SoakState.parse("51000000,4096,32,201,0,0,0,6,90000000").grownSince(before)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "60000000,0,30,200,0,0,0,5,1 | heap", "50000000,17000000,30,200,0,0,0,5,1 | direct memory",
					"50000000,0,2000,200,0,0,0,5,1 | threads", "50000000,0,30,230,0,0,0,5,1 | file descriptors",
					"50000000,0,30,200,1,0,0,5,1 | connections", "50000000,0,30,200,0,1,0,5,1 | sessions",
					"50000000,0,30,200,0,0,1,5,1 | open invocations", "50000000,0,30,200,0,0,0,9,1 | timers" })
	void whatHasGrownIsNamed(String after, String grown) {
		assertThat(SoakState.parse(after).grownSince(SoakState.parse(BEFORE))).singleElement()
			.asString()
			.startsWith(grown + " ");
	}

}
