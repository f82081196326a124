package io.agentsocket.autoconfigure;

import java.util.Collection;
import java.util.List;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Limits;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * Turns properties into the values of the engine. Their rules were checked when they were
 * bound.
 */
@Internal
public final class PropertyValues {

	private PropertyValues() {
	}

	/**
	 * The limits of the server.
	 * @param source the properties
	 * @return the limits
	 */
	public static Limits limits(AgentSocketProperties.Limits source) {
		return new Limits(bytes(source.message()), bytes(source.frame()), bytes(source.item()),
				bytes(source.assembly()), source.streams(), source.items(), bytes(source.window()), source.aliases(),
				bytes(source.name()), bytes(source.metadata()), source.depth());
	}

	/**
	 * The limits of the client.
	 * @param source the properties
	 * @param depth the depth, which both sides share
	 * @return the limits
	 */
	public static Limits limits(ClientProperties.Limits source, int depth) {
		return limits(withDepth(source, depth));
	}

	/** The limits of the client with the depth, as properties. */
	static AgentSocketProperties.Limits withDepth(ClientProperties.Limits source, int depth) {
		return new AgentSocketProperties.Limits(source.message(), source.frame(), source.item(), source.assembly(),
				source.streams(), source.items(), source.window(), source.aliases(), source.name(), source.metadata(),
				depth);
	}

	private static int bytes(DataSize size) {
		return Math.toIntExact(size.toBytes());
	}

	/**
	 * The codec of a name. Checked here again: which codecs an application has of its own
	 * is not known when properties are bound.
	 * @param property the property that has the name
	 * @param name the name
	 * @param codecs the codecs that there are
	 * @return the codec
	 * @throws InvalidConfigurationPropertyValueException if there is none of the name
	 */
	public static Codec codec(String property, String name, List<Codec> codecs) {
		return codecs.stream()
			.filter((codec) -> codec.name().equals(name))
			.findFirst()
			.orElseThrow(() -> new InvalidConfigurationPropertyValueException(property, name,
					noCodec(name, codecs.stream().map(Codec::name).toList())));
	}

	static String noCodec(String name, Collection<String> known) {
		return "There is no codec '" + name + "', but: " + String.join(", ", known)
				+ (name.equals("cbor") ? ". CBOR needs tools.jackson.dataformat:jackson-dataformat-cbor." : ".");
	}

}
