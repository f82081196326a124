package io.agentsocket.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.agentsocket.annotation.Internal;
import io.agentsocket.autoconfigure.AgentSocketProperties.ClientLimits;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Limits;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * Turns properties into the values of the engine, and names the property when one does
 * not fit.
 */
@Internal
public final class PropertyRules {

	/** Longer times overflow somewhere, and nobody waits for them. */
	private static final Duration LONGEST = Duration.ofDays(3650);

	private PropertyRules() {
	}

	/**
	 * The limits of the server.
	 * @param source the properties
	 * @return the limits
	 */
	public static Limits limits(AgentSocketProperties.Limits source) {
		return limits("agentsocket.server.limits.", source);
	}

	/**
	 * The limits of the client.
	 * @param source the properties
	 * @param depth the depth, which both sides share
	 * @return the limits
	 */
	public static Limits limits(ClientLimits source, int depth) {
		return limits("agentsocket.client.limits.",
				new AgentSocketProperties.Limits(source.message(), source.frame(), source.item(), source.assembly(),
						source.streams(), source.items(), source.window(), source.aliases(), source.name(),
						source.metadata(), depth));
	}

	private static Limits limits(String prefix, AgentSocketProperties.Limits source) {
		int message = bytes(prefix + "message", source.message());
		int frame = bytes(prefix + "frame", source.frame());
		int item = bytes(prefix + "item", source.item());
		int assembly = bytes(prefix + "assembly", source.assembly());
		int window = bytes(prefix + "window", source.window());
		int name = bytes(prefix + "name", source.name());
		int metadata = bytes(prefix + "metadata", source.metadata());
		Bound frames = new Bound("frame", frame, Limits.SERVER.frame());
		Bound items = new Bound("item", item, Limits.SERVER.item());
		require(prefix,
				List.of(new Relation(new Bound("message", message, Limits.SERVER.message()), frames,
						"message must be at least as large as frame", message >= frame),
						new Relation(items, frames, "item must be at least as large as frame", item >= frame),
						new Relation(new Bound("assembly", assembly, Limits.SERVER.assembly()), items,
								"assembly must be at least as large as item", assembly >= item),
						new Relation(new Bound("window", window, Limits.SERVER.window()), frames,
								"window must be at least two frames", window >= 2L * frame),
						new Relation(new Bound("metadata", metadata, Limits.SERVER.metadata()), frames,
								"metadata must not be larger than frame", metadata <= frame)));
		try {
			return new Limits(message, frame, item, assembly, source.streams(), source.items(), window,
					source.aliases(), name, metadata, source.depth());
		}
		catch (IllegalArgumentException ex) {
			String rule = String.valueOf(ex.getMessage());
			String bound = rule.substring(0, rule.indexOf(' '));
			// The codecs are those of both sides, and so is their depth.
			throw new InvalidConfigurationPropertyValueException(
					(bound.equals("depth") ? "agentsocket.server.limits." : prefix) + bound, value(source, bound),
					"The rule is: " + rule + ".");
		}
	}

	/**
	 * Check limits against each other. Two of them that do not fit are named with their
	 * values; blamed is the one that was set.
	 */
	private static void require(String prefix, List<Relation> relations) {
		List<Relation> broken = relations.stream().filter((relation) -> !relation.holds()).toList();
		if (broken.isEmpty()) {
			return;
		}
		Bound blamed = broken.get(0).blamed();
		String reason = broken.stream().map(Relation::text).collect(Collectors.joining(" "));
		throw new InvalidConfigurationPropertyValueException(prefix + blamed.name(), blamed.text(), reason);
	}

	private static Object value(AgentSocketProperties.Limits source, String bound) {
		return switch (bound) {
			case "message" -> source.message();
			case "frame" -> source.frame();
			case "item" -> source.item();
			case "assembly" -> source.assembly();
			case "streams" -> source.streams();
			case "items" -> source.items();
			case "window" -> source.window();
			case "aliases" -> source.aliases();
			case "name" -> source.name();
			case "metadata" -> source.metadata();
			default -> source.depth();
		};
	}

	private static int bytes(String property, DataSize size) {
		if (size.isNegative() || size.toBytes() > Integer.MAX_VALUE) {
			throw new InvalidConfigurationPropertyValueException(property, size, "It must be 0B to 2GB.");
		}
		return (int) size.toBytes();
	}

	/**
	 * Check that a time is not too short.
	 * @param property the property that has the time
	 * @param duration the time
	 * @param least the shortest one
	 * @return the time
	 */
	public static Duration atLeast(String property, Duration duration, Duration least) {
		if (duration.compareTo(least) < 0) {
			throw new InvalidConfigurationPropertyValueException(property, duration,
					"It must be at least " + least.toSeconds() + "s.");
		}
		return notNegative(property, duration);
	}

	/**
	 * Check that a time is longer than nothing.
	 * @param property the property that has the time
	 * @param duration the time
	 * @return the time
	 */
	public static Duration positive(String property, Duration duration) {
		if (duration.isZero()) {
			throw new InvalidConfigurationPropertyValueException(property, duration, "It must be longer than 0.");
		}
		return notNegative(property, duration);
	}

	/**
	 * Check that a time is not negative.
	 * @param property the property that has the time
	 * @param duration the time
	 * @return the time
	 */
	public static Duration notNegative(String property, Duration duration) {
		if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
			throw new InvalidConfigurationPropertyValueException(property, duration,
					"It must not be negative or longer than 3650 days.");
		}
		return duration;
	}

	/**
	 * Build something whose IllegalArgumentException is about one property.
	 * @param <T> type of what is built
	 * @param property the property that has the value
	 * @param value the value
	 * @param factory builds it
	 * @return what was built
	 */
	public static <T> T valid(String property, Object value, Supplier<T> factory) {
		try {
			return factory.get();
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException(property, value, ex.getMessage() + ".", ex);
		}
	}

	/**
	 * The codec of a name.
	 * @param property the property that has the name
	 * @param name the name
	 * @param codecs the codecs that there are
	 * @return the codec
	 */
	public static Codec codec(String property, String name, List<Codec> codecs) {
		List<String> known = codecs.stream().map(Codec::name).toList();
		return codecs.stream()
			.filter((codec) -> codec.name().equals(name))
			.findFirst()
			.orElseThrow(() -> new InvalidConfigurationPropertyValueException(property, name, "There is no codec '"
					+ name + "', but: " + String.join(", ", known)
					+ (name.equals("cbor") ? ". CBOR needs tools.jackson.dataformat:jackson-dataformat-cbor." : ".")));
	}

	/**
	 * A limit in bytes.
	 */
	private record Bound(String name, int bytes, int standard) {

		String text() {
			return (this.bytes % 1024 == 0 && this.bytes != 0) ? this.bytes / 1024 + "KB" : this.bytes + "B";
		}

		String told() {
			return this.name + " is " + text() + ((this.bytes == this.standard) ? ", the default" : "");
		}

	}

	/**
	 * A rule between two limits.
	 */
	private record Relation(Bound one, Bound other, String rule, boolean holds) {

		Bound blamed() {
			boolean set = this.one.bytes() != this.one.standard() || this.other.bytes() == this.other.standard();
			return set ? this.one : this.other;
		}

		String text() {
			return "The rule is: " + this.rule + "; " + this.one.told() + ", and " + this.other.told() + ".";
		}

	}

}
