package com.example.benchmark.parts;

import java.util.concurrent.TimeUnit;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
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

/**
 * Writing and reading the payload of a small typed result, and checking it without
 * reading.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CodecBenchmark {

	private final Weather weather = new Weather("Berlin", 21.5, "partly cloudy");

	@Param({ "cbor", "json" })
	public String format = "cbor";

	private Codec codec = JacksonCodec.cbor();

	private Bytes encoded = Bytes.EMPTY;

	@Setup
	public void prepare() {
		this.codec = this.format.equals("json") ? JacksonCodec.json() : JacksonCodec.cbor();
		this.encoded = this.codec.encode(this.weather);
	}

	@Benchmark
	public Bytes encode() {
		return this.codec.encode(this.weather);
	}

	@Benchmark
	public @Nullable Object decode() {
		return this.codec.<Weather>decode(this.encoded, Weather.class);
	}

	@Benchmark
	public Object check() {
		this.codec.check(this.encoded);
		return this.encoded;
	}

	/**
	 * A small result.
	 *
	 * @param city a text
	 * @param temperature a number
	 * @param conditions a text
	 */
	public record Weather(String city, double temperature, String conditions) {

	}

}
