package io.agentsocket.tool;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Forms of values that the configuration of Jackson chooses are published and read.
 */
class ConfiguredFormTests {

	@Test
	void timesWithTheNameOfTheirZone() {
		JsonMapper mapper = JsonMapper.builder().enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID).build();
		List<Action> actions = AgentTools.builder().mapper(mapper).build().actionsOf(new Tools());
		Codec codec = JacksonCodec.json(mapper, 32);
		ZonedDateTime time = LocalDateTime.of(2026, 1, 31, 14, 30).atZone(ZoneId.of("Europe/Zurich"));
		Call call = Call.of(actions, "zoned").codec(codec).with("v", time);
		assertThat(call.value()).isEqualTo(time);
		Bytes sent = codec.encode(time);
		assertThat(codec.<Object>decode(sent, String.class)).isEqualTo("2026-01-31T14:30:00+01:00[Europe/Zurich]");
		assertThat(codec.<Object>decode(sent, Objects.requireNonNull(call.action().resultType()))).isEqualTo(time);
		assertThat(call.action().output()).isEqualTo(Map.of("type", "string"));
		assertThat(call.action().input()).containsEntry("properties", Map.of("v", Map.of("type", "string")));
		assertThat(Call.of(actions, "zoned").codec(codec).with("v", "tomorrow").broken()).hasSize(1)
			.allMatch((violation) -> violation.startsWith("/v"));
	}

	static class Tools {

		@AgentTool
		ZonedDateTime zoned(@AgentParam("v") ZonedDateTime value) {
			return value;
		}

	}

}
