package io.agentsocket.connection.sequence;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Aliases}, of which few and many are kept in different ways.
 */
class AliasesTests {

	private final Aliases aliases = new Aliases();

	@ParameterizedTest
	@ValueSource(ints = { 1, 8, 9, 100 })
	void findsWhatWasDefined(int count) {
		for (int i = 0; i < count; i++) {
			assertThat(this.aliases.define("tool." + i, 1024)).isEqualTo(Names.FIRST_ALIAS + i);
		}
		for (int i = 0; i < count; i++) {
			assertThat(this.aliases.name(Names.FIRST_ALIAS + i)).isEqualTo("tool." + i);
			assertThat(this.aliases.ref("tool." + i)).isEqualTo(Frame.Ref.alias(Names.FIRST_ALIAS + i));
			assertThat(this.aliases.define("tool." + i, 1024)).isZero();
		}
		assertThat(this.aliases.ref("other")).isEqualTo(Frame.Ref.name("other"));
		assertThat(this.aliases.name(Names.FIRST_ALIAS + count)).isNull();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 8, 9, 100 })
	void forgetsWhatIsWithdrawn(int count) {
		for (int i = 0; i < count; i++) {
			this.aliases.define("tool." + i, 1024);
		}
		for (int i = 0; i < count; i++) {
			assertThat(this.aliases.of("tool." + i)).containsExactly(Names.FIRST_ALIAS + i);
			assertThat(this.aliases.withdraw("tool." + i)).isEqualTo(Names.FIRST_ALIAS + i);
			assertThat(this.aliases.withdraw("tool." + i)).isZero();
			assertThat(this.aliases.name(Names.FIRST_ALIAS + i)).isNull();
			assertThat(this.aliases.ref("tool." + i)).isEqualTo(Frame.Ref.name("tool." + i));
			assertThat(this.aliases.of("tool." + i)).isEmpty();
		}
		assertThat(this.aliases.define("again", 1024)).isEqualTo(Names.FIRST_ALIAS + count);
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, 8, 9, 40 })
	void aNameMayHaveSeveralAliasesOfTheOtherSide(int count) {
		for (int i = 0; i < count; i++) {
			Frame.Define define = new Frame.Define(Names.FIRST_ALIAS + 7 * i, "same", Bytes.EMPTY, Bytes.EMPTY);
			assertThat(this.aliases.defined(define, Limits.SERVER)).isEqualTo("same");
		}
		assertThat(this.aliases.of("same")).hasSize(count);
		assertThat(this.aliases.ref("same")).isEqualTo(Frame.Ref.alias(Names.FIRST_ALIAS + 7 * (count - 1)));
		this.aliases.withdraw("same");
		assertThat(this.aliases.of("same")).isEmpty();
		assertThat(this.aliases.name(Names.FIRST_ALIAS)).isNull();
	}

}
