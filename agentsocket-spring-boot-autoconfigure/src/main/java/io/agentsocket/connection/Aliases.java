package io.agentsocket.connection;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * Short numbers for names, in one direction: those that one side has defined. Belongs to
 * the session and survives a resume. Implements section 8.3 of {@code docs/protocol.md}.
 */
final class Aliases {

	private @Nullable Map<Integer, String> names;

	private @Nullable Map<String, Integer> numbers;

	private int next = Names.FIRST_ALIAS;

	/** The name of an alias, or {@code null}. */
	@Nullable String name(int alias) {
		if (alias < Names.FIRST_ALIAS) {
			return Names.reserved(alias);
		}
		return (this.names != null) ? this.names.get(alias) : null;
	}

	/** The shortest reference to a name. */
	Frame.Ref ref(String name) {
		int alias = Names.reservedAlias(name);
		if (alias == 0 && this.numbers != null) {
			Integer number = this.numbers.get(name);
			alias = (number != null) ? number : 0;
		}
		return (alias != 0) ? Frame.Ref.alias(alias) : Frame.Ref.name(name);
	}

	/**
	 * Define an alias for a name of this side.
	 * @return the alias, or 0 when it has one already or none is left
	 */
	int define(String name, int limit) {
		boolean known = this.numbers != null && this.numbers.containsKey(name);
		int count = (this.numbers != null) ? this.numbers.size() : 0;
		if (known || Names.reservedAlias(name) != 0 || count >= limit) {
			return 0;
		}
		int alias = this.next++;
		put(alias, name);
		return alias;
	}

	/** All aliases of a name. */
	List<Integer> of(String name) {
		return (this.names != null) ? this.names.entrySet()
			.stream()
			.filter((entry) -> entry.getValue().equals(name))
			.map(Map.Entry::getKey)
			.toList() : List.of();
	}

	/**
	 * Withdraw a name, with all its aliases.
	 * @return the alias that it had, or 0
	 */
	int withdraw(String name) {
		Integer alias = (this.numbers != null) ? this.numbers.remove(name) : null;
		if (alias == null || this.names == null) {
			return 0;
		}
		this.names.values().removeIf(name::equals);
		return alias;
	}

	/**
	 * Take note of a DEFINE of the other side.
	 * @return the name that it is about, or {@code null} when an unknown alias is
	 * withdrawn
	 */
	@Nullable String defined(Frame.Define define, Limits limits) {
		int alias = define.alias();
		if (alias == 0) {
			return define.name();
		}
		String present = name(alias);
		if (define.name().isEmpty()) {
			return present;
		}
		if (define.name().equals(present)) {
			return present;
		}
		if (present != null || alias < Names.FIRST_ALIAS) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A live or reserved alias cannot be bound to another name");
		}
		if (this.names != null && this.names.size() >= limits.aliases()) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "More than " + limits.aliases() + " aliases");
		}
		put(alias, define.name());
		return define.name();
	}

	/** Go on where another owner has stopped. */
	void restore(int alias, String name) {
		put(alias, name);
		this.next = Math.max(this.next, alias + 1);
	}

	private void put(int alias, String name) {
		Map<Integer, String> byNumber = (this.names != null) ? this.names : new HashMap<>();
		Map<String, Integer> byName = (this.numbers != null) ? this.numbers : new HashMap<>();
		byNumber.put(alias, name);
		byName.put(name, alias);
		this.names = byNumber;
		this.numbers = byName;
	}

	void clear() {
		this.names = null;
		this.numbers = null;
		this.next = Names.FIRST_ALIAS;
	}

}
