package io.agentsocket.autoconfigure.session;

import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Attributes in Redis follow what their types declare.
 */
class AttributeMapperTests {

	private final JsonMapper mapper = RedisSessionConfiguration.attributeMapper(JsonMapper.builder().build());

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	interface Shape {

	}

	@JsonTypeName("circle")
	record Circle(double radius) implements Shape {

	}

	record Cart(String owner, List<String> items, @Nullable String note) {

	}

	@Test
	void elementsNameTheirTypes() {
		assertThat(this.mapper.writeValueAsString(List.of(new Circle(0.5))))
			.isEqualTo("[{\"kind\":\"circle\",\"radius\":0.5}]");
	}

	@Test
	void attributesThatDoNotFitTheirTypeAreRefused() {
		Cart cart = new Cart("a", List.of("b"), null);
		assertThat(this.mapper.readValue(this.mapper.writeValueAsString(cart), Cart.class)).isEqualTo(cart);
		for (Map<String, Object> misfit : List.<Map<String, Object>>of(Map.of("owner", "a"),
				Map.of("items", List.of()))) {
			assertThatExceptionOfType(JacksonException.class)
				.isThrownBy(() -> this.mapper.readValue(this.mapper.writeValueAsString(misfit), Cart.class));
		}
		assertThatExceptionOfType(JacksonException.class)
			.isThrownBy(() -> this.mapper.readValue("{\"owner\":\"a\",\"items\":[null]}", Cart.class));
	}

}
