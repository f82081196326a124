package com.example.benchmark.rsocket;

import java.nio.charset.StandardCharsets;

import com.example.benchmark.PacedRequest;
import com.example.benchmark.TextRequest;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import io.netty.buffer.ByteBufUtil;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.util.JsonRecyclerPools;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.dataformat.cbor.CBORFactory;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * Payloads in CBOR, with Jackson's fastest recycler.
 */
final class Payloads {

	private static final CBORMapper MAPPER = CBORMapper
		.builder(CBORFactory.builder().recyclerPool(JsonRecyclerPools.threadLocalPool()).build())
		.build();

	static final ObjectReader WEATHER = MAPPER.readerFor(Weather.class);

	static final ObjectReader WEATHER_REQUEST = MAPPER.readerFor(WeatherRequest.class);

	static final ObjectReader TOKENS_REQUEST = MAPPER.readerFor(TokensRequest.class);

	static final ObjectReader PACED_REQUEST = MAPPER.readerFor(PacedRequest.class);

	static final ObjectReader TEXT_REQUEST = MAPPER.readerFor(TextRequest.class);

	private static final ObjectWriter WRITER = MAPPER.writer();

	private Payloads() {
	}

	static <T> T read(Payload payload, ObjectReader reader) {
		byte[] data = ByteBufUtil.getBytes(payload.sliceData());
		payload.release();
		return reader.readValue(data);
	}

	static Payload write(Object value, @Nullable String route) {
		byte[] data = WRITER.writeValueAsBytes(value);
		return (route != null) ? ByteBufPayload.create(data, route.getBytes(StandardCharsets.UTF_8))
				: ByteBufPayload.create(data);
	}

}
