package com.example.benchmark.parts;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.AgentTool.Blocking;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.tool.AgentTools;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Mono;

/**
 * From encoded arguments to the encoded result of a typed tool method, without a
 * connection: bind, call, encode. The executor of the blocking method runs its task at
 * once, so that no other thread is measured.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DispatchBenchmark {

	@Param({ "cbor", "json" })
	public String format = "cbor";

	@Param({ "weather.blocking", "weather.direct", "weather.record", "weather.reactive" })
	public String tool = "weather.direct";

	private Codec codec = JacksonCodec.cbor();

	private @Nullable PlainExchange call;

	@Setup
	public void prepare() {
		this.codec = this.format.equals("json") ? JacksonCodec.json() : JacksonCodec.cbor();
		List<Action> actions = AgentTools.builder().executor(Runnable::run).build().actionsOf(new Tools());
		Action action = actions.stream().filter((one) -> one.name().equals(this.tool)).findFirst().orElseThrow();
		this.call = new PlainExchange(action, this.codec,
				this.codec.encode(Map.of("city", "Berlin", "unit", "celsius")));
	}

	@Benchmark
	public @Nullable Bytes dispatch() {
		// Everything runs on this thread, so that nothing is waited for.
		return (this.call != null) ? this.call.run().map(this.codec::encode).block() : null;
	}

	/**
	 * The tools.
	 */
	public static class Tools {

		@AgentTool("weather.blocking")
		Weather blocking(String city, String unit) {
			return weather(city);
		}

		@AgentTool(value = "weather.direct", blocking = Blocking.NO)
		Weather direct(String city, String unit) {
			return weather(city);
		}

		@AgentTool(value = "weather.record", blocking = Blocking.NO)
		Weather record(Request request) {
			return weather(request.city());
		}

		@AgentTool("weather.reactive")
		Mono<Weather> reactive(String city, String unit) {
			return Mono.just(weather(city));
		}

		private static Weather weather(String city) {
			return new Weather(city, 21.5, "partly cloudy");
		}

	}

	/**
	 * Arguments as a whole.
	 *
	 * @param city a text
	 * @param unit a text
	 */
	public record Request(String city, String unit) {

	}

	/**
	 * A result.
	 *
	 * @param city a text
	 * @param temperature a number
	 * @param conditions a text
	 */
	public record Weather(String city, double temperature, String conditions) {

	}

}
