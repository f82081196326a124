package io.agentsocket.client;

import java.util.Map;

import ch.qos.logback.classic.Level;
import io.agentsocket.LogLines;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lines of the log that a server makes with what it announces.
 */
class RemoteCatalogTests {

	private static final Codec CBOR = JacksonCodec.cbor();

	private final LogLines lines = LogLines.of(RemoteCatalog.class);

	@AfterEach
	void stopListening() {
		this.lines.close();
	}

	@Test
	void actionsBeyondTheBoundAreLoggedOnce() {
		KnownActions full = new KnownActions();
		for (int i = 0; i < KnownActions.MAX; i++) {
			full.put(ActionDescriptor.from(Map.of("name", "a" + i)));
		}
		RemoteCatalog catalog = new RemoteCatalog();
		ReflectionTestUtils.setField(catalog, "known", full);
		for (int i = 0; i < 5; i++) {
			String name = "b" + i;
			catalog.defined(CBOR, name, true, CBOR.encodeMap(Map.of("name", name)), null);
		}
		assertThat(this.lines.list).singleElement()
			.satisfies((line) -> assertThat(line.getLevel()).isEqualTo(Level.WARN))
			.satisfies((line) -> assertThat(line.getFormattedMessage()).contains("more actions than 10000"));
	}

}
