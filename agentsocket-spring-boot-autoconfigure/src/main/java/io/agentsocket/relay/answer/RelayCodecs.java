package io.agentsocket.relay.answer;

import java.util.List;

import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;

/**
 * The codecs in which functions are spoken to. Thread-safe.
 */
public final class RelayCodecs {

	private final Codec json;

	private final List<Codec> all;

	/**
	 * Create codecs.
	 * @param json the codec of requests
	 * @param all all codecs in which answers may be written
	 */
	public RelayCodecs(Codec json, List<Codec> all) {
		this.json = json;
		this.all = List.copyOf(all);
	}

	public Codec json() {
		return this.json;
	}

	/** The codec that an answer names, JSON by default. */
	public Codec named(@Nullable String name) {
		if (name == null || name.equals(this.json.name())) {
			return this.json;
		}
		return this.all.stream()
			.filter((codec) -> codec.name().equals(name))
			.findFirst()
			.orElseThrow(() -> FunctionFailure.malformed("There is no codec with the name of the answer's"));
	}

}
