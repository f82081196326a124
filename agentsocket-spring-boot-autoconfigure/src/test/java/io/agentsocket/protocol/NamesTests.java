package io.agentsocket.protocol;

import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class NamesTests {

	@ParameterizedTest
	@ValueSource(strings = { "a", "Z", "0", "_", "weather.current", "a/b-c.d_e", "a..", "as.find" })
	void acceptsNames(String name) {
		assertThat(Names.isValid(name)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", ".", "-a", "/a", "a b", "a\n", "ä", "a:b", "a\u0000", "aé", "＿" })
	void refusesOthers(String name) {
		assertThat(Names.isValid(name)).isFalse();
	}

	@Test
	void agreesWithThePattern() {
		Random random = new Random(7);
		for (int i = 0; i < 100_000; i++) {
			StringBuilder name = new StringBuilder();
			for (int length = random.nextInt(4); length >= 0; length--) {
				name.append((char) random.nextInt(0x100));
			}
			assertThat(Names.isValid(name.toString())).as("%s", name).isEqualTo(name.toString().matches(Names.PATTERN));
		}
	}

	@Test
	void reservedNamesAndAliasesBelongTogether() {
		for (int alias = 1; alias < Names.FIRST_ALIAS; alias++) {
			String name = Names.reserved(alias);
			if (name != null) {
				assertThat(name).startsWith(Names.RESERVED_PREFIX);
				assertThat(Names.reservedAlias(name)).isEqualTo(alias);
			}
		}
		assertThat(Names.reserved(Names.AUTHENTICATE_ALIAS + 1)).isNull();
		assertThat(Names.reservedAlias("weather.current")).isZero();
	}

}
