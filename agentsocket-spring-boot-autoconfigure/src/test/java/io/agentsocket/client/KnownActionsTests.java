package io.agentsocket.client;

import java.util.List;
import java.util.Map;

import io.agentsocket.action.ActionDescriptor;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bounds of what a client remembers of the actions of its server.
 */
class KnownActionsTests {

	private final KnownActions known = new KnownActions();

	@Test
	void actionsAreBoundedByTheirBytes() {
		String megabyte = "x".repeat(1024 * 1024 / 2);
		for (int i = 0; i < 15; i++) {
			assertThat(this.known.put(described("a" + i, megabyte))).isTrue();
		}
		assertThat(this.known.put(described("b", megabyte))).isFalse();
		assertThat(this.known.put(described("small", "small"))).isTrue();
		this.known.remove("a0");
		assertThat(this.known.put(described("b", megabyte))).isTrue();
		assertThat(this.known.all()).hasSize(16);
	}

	@Test
	void actionThatGrowsBeyondTheBoundIsForgotten() {
		assertThat(this.known.put(described("a", "small"))).isTrue();
		assertThat(this.known.put(described("a", "x".repeat(9 * 1024 * 1024)))).isFalse();
		assertThat(this.known.all()).isEmpty();
	}

	@Test
	void actionsAreBoundedByTheirNumber() {
		for (int i = 0; i < 10_000; i++) {
			assertThat(this.known.put(described("a" + i, "small"))).isTrue();
		}
		assertThat(this.known.put(described("b", "small"))).isFalse();
		assertThat(this.known.put(described("a0", "another"))).isTrue();
		assertThat(this.known.all()).hasSize(10_000);
	}

	@Test
	void onlySummariesAreKept() {
		this.known.put(ActionDescriptor.from(Map.of("name", "a", "tags", List.of("t"), "input",
				Map.of("type", "object"), "output", Map.of(), "items", Map.of())));
		ActionDescriptor kept = this.known.all().iterator().next();
		assertThat(kept.tags()).containsExactly("t");
		assertThat(kept.input()).isNull();
		assertThat(kept.output()).isNull();
		assertThat(kept.items()).isNull();
	}

	private static ActionDescriptor described(String name, String description) {
		return ActionDescriptor.from(Map.of("name", name, "description", description));
	}

}
