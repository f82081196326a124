package io.agentsocket.tool;

import java.util.List;

import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The last of several values with one name counts, whatever stands before it.
 */
class RepeatedNameTests {

	record Point(int x, @Nullable String name) {

	}

	static class Tools {

		@AgentTool
		String each(@AgentParam("a") @Nullable String a, @AgentParam("n") int n,
				@AgentParam(value = "d", defaultValue = "7") int d) {
			return a + n + d;
		}

		@AgentTool
		String whole(Point point) {
			return point.toString();
		}

		@AgentTool
		String nested(@AgentParam("p") List<Point> points) {
			return points.toString();
		}

	}

	static List<Codec> codecs() {
		return Call.codecs();
	}

	private static Call call(Codec codec, String name, String json) {
		return Call.of(new Tools(), name).codec(codec).withBytes(ValueChecks.bytes(codec, json.replace('\'', '"')));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void theLastCounts(Codec codec) {
		assertThat(call(codec, "each", "{'a':'x','n':1,'a':'y','n':2}").value()).isEqualTo("y27");
		assertThat(call(codec, "each", "{'a':'x','n':1,'a':null}").value()).isEqualTo("null17");
		assertThat(call(codec, "each", "{'n':'text','a':5,'d':null,'n':1,'a':'x','d':2}").value()).isEqualTo("x12");
		assertThat(call(codec, "each", "{'n':null,'n':1}").value()).isEqualTo("null17");
		assertThat(call(codec, "each", "{'n':1,'n':null}").broken()).containsExactly("/n required");
		assertThat(call(codec, "each", "{'n':1,'n':'1','a':'x','a':5}").broken()).containsExactlyInAnyOrder("/n type",
				"/a type");
		assertThat(call(codec, "each", "{'n':1,'o':1,'o':2}").broken()).containsExactly("/o additionalProperties");
		assertThat(call(codec, "whole", "{'x':[],'x':3,'name':4,'name':'n'}").value()).isEqualTo("Point[x=3, name=n]");
		assertThat(call(codec, "nested", "{'p':3,'p':[{'x':null,'x':1},{'x':2,'y':1,'x':3}]}").broken())
			.containsExactly("/p/1/y additionalProperties");
		assertThat(call(codec, "nested", "{'p':3,'p':[{'x':null,'x':1}]}").value())
			.isEqualTo("[Point[x=1, name=null]]");
	}

}
