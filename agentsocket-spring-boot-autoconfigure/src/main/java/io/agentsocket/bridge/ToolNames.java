package io.agentsocket.bridge;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

import org.jspecify.annotations.Nullable;

/**
 * Names of actions as model vendors accept them. The name of a tool depends on the names
 * of actions only, so that a conversation that is continued later finds its tools.
 */
public final class ToolNames {

	/** OpenAI, Anthropic and Google refuse longer names. */
	private static final int MAX_LENGTH = 64;

	/** A hash of 32 bits in hexadecimal. */
	private static final int HASH_LENGTH = 8;

	/** Characters that every vendor accepts; a dot is refused by OpenAI. */
	private static final Pattern OTHERS = Pattern.compile("[^a-zA-Z0-9_-]");

	private ToolNames() {
	}

	/**
	 * The name of one action for a model: {@code weather.current} becomes
	 * {@code weather_current}. A name that is too long is cut and ends with a hash.
	 * @param action name of the action
	 * @return 1 to 64 of the characters that all vendors accept
	 */
	public static String standard(String action) {
		String name = OTHERS.matcher(action).replaceAll("_");
		return (name.length() <= MAX_LENGTH) ? name : withHash(name, action);
	}

	/**
	 * Give each action a name of its own. When several would have the same name, the one
	 * that needs no change keeps it; the others end with a hash.
	 * @param actions names of all actions
	 * @param naming name of a single action for a model
	 * @return the names of the tools by the names of the actions
	 * @throws IllegalStateException if two names are the same even so, which takes a
	 * naming that does not look at its argument
	 */
	static Map<String, String> assign(SortedSet<String> actions, UnaryOperator<String> naming) {
		Map<String, String> wanted = new LinkedHashMap<>();
		Map<String, Integer> count = new HashMap<>();
		for (String action : actions) {
			String name = naming.apply(action);
			wanted.put(action, name);
			count.merge(name, 1, Integer::sum);
		}
		Set<String> taken = new HashSet<>();
		wanted.replaceAll(
				(action, name) -> (unique(count.get(name)) || name.equals(action)) ? name : withHash(name, action));
		wanted.forEach((action, name) -> {
			if (!taken.add(name)) {
				throw new IllegalStateException(
						"Two actions have the same name for a model: " + name + ", of which one is " + action);
			}
		});
		return wanted;
	}

	private static boolean unique(@Nullable Integer count) {
		return count != null && count == 1;
	}

	private static String withHash(String name, String action) {
		CRC32 crc = new CRC32();
		crc.update(action.getBytes(StandardCharsets.UTF_8));
		String hash = String.format("_%08x", crc.getValue());
		return name.substring(0, Math.min(name.length(), MAX_LENGTH - HASH_LENGTH - 1)) + hash;
	}

}
