package io.agentsocket.connection.sequence;

import java.util.ArrayList;
import java.util.Arrays;
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
 * The short numbers that one side has defined for names. They belong to the session and
 * survive a resume. Implements section 8.3 of {@code docs/protocol.md}.
 *
 * <p>
 * Most sessions have few aliases. Six of them take 136 bytes in short arrays and 665 in
 * two maps, and none 40 and 120; a search takes as long in both.
 */
public final class Aliases {

	/** Up to so many aliases a search looks at all of them. */
	private static final int FEW = 8;

	private static final Frame.Ref[] NONE = {};

	private static final String[] NO_NAMES = {};

	/** The aliases and their names, while they are few; later ones are behind. */
	private Frame.Ref[] few = NONE;

	private String[] fewNames = NO_NAMES;

	private int count;

	/** All aliases, when they are many. */
	private @Nullable Map<Integer, String> names;

	private @Nullable Map<String, Frame.Ref> numbers;

	private int next = Names.FIRST_ALIAS;

	/** The name of an alias, or {@code null}. */
	public @Nullable String name(int alias) {
		if (alias < Names.FIRST_ALIAS) {
			return Names.reserved(alias);
		}
		if (this.names != null) {
			return this.names.get(alias);
		}
		for (int i = 0; i < this.count; i++) {
			if (this.few[i].alias() == alias) {
				return this.fewNames[i];
			}
		}
		return null;
	}

	/** The shortest reference to a name. */
	public Frame.Ref ref(String name) {
		int reserved = Names.reservedAlias(name);
		Frame.Ref known = (reserved != 0) ? Frame.Ref.alias(reserved) : find(name);
		return (known != null) ? known : Frame.Ref.name(name);
	}

	private Frame.@Nullable Ref find(String name) {
		if (this.numbers != null) {
			return this.numbers.get(name);
		}
		for (int i = this.count - 1; i >= 0; i--) {
			if (this.fewNames[i].equals(name)) {
				return this.few[i];
			}
		}
		return null;
	}

	/** How many there are, the reserved ones not counted. */
	int size() {
		return (this.names != null) ? this.names.size() : this.count;
	}

	/**
	 * Define an alias for a name of this side.
	 * @return the alias, or 0 when it has one already or none is left
	 */
	public int define(String name, int limit) {
		if (Names.reservedAlias(name) != 0 || find(name) != null || size() >= limit) {
			return 0;
		}
		int alias = this.next++;
		put(alias, name);
		return alias;
	}

	/** All aliases of a name. */
	public List<Integer> of(String name) {
		List<Integer> found = new ArrayList<>();
		if (this.names != null) {
			this.names.forEach((alias, other) -> {
				if (other.equals(name)) {
					found.add(alias);
				}
			});
		}
		for (int i = 0; i < this.count; i++) {
			if (this.fewNames[i].equals(name)) {
				found.add(this.few[i].alias());
			}
		}
		return found;
	}

	/**
	 * Withdraw a name, with all its aliases.
	 * @return the alias that it had, or 0
	 */
	public int withdraw(String name) {
		Frame.Ref known = find(name);
		if (known == null) {
			return 0;
		}
		if (this.names != null && this.numbers != null) {
			this.names.values().removeIf(name::equals);
			this.numbers.remove(name);
			return known.alias();
		}
		int kept = 0;
		for (int i = 0; i < this.count; i++) {
			if (!this.fewNames[i].equals(name)) {
				this.few[kept] = this.few[i];
				this.fewNames[kept] = this.fewNames[i];
				kept++;
			}
		}
		this.few = Arrays.copyOf(this.few, kept);
		this.fewNames = Arrays.copyOf(this.fewNames, kept);
		this.count = kept;
		return known.alias();
	}

	/**
	 * Take note of a DEFINE of the other side.
	 * @return the name that it is about, or {@code null} when an unknown alias is
	 * withdrawn
	 */
	public @Nullable String defined(Frame.Define define, Limits limits) {
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
		if (size() >= limits.aliases()) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "More than " + limits.aliases() + " aliases");
		}
		put(alias, define.name());
		return define.name();
	}

	/** Goes on with an alias that an owner before has defined. */
	public void restore(int alias, String name) {
		put(alias, name);
		this.next = Math.max(this.next, alias + 1);
	}

	private void put(int alias, String name) {
		Frame.Ref ref = Frame.Ref.alias(alias);
		if (this.count == FEW) {
			becomeMany();
		}
		if (this.names != null && this.numbers != null) {
			this.names.put(alias, name);
			this.numbers.put(name, ref);
			return;
		}
		if (this.count == this.few.length) {
			int capacity = Math.max(2, 2 * this.count);
			this.few = Arrays.copyOf(this.few, capacity);
			this.fewNames = Arrays.copyOf(this.fewNames, capacity);
		}
		this.few[this.count] = ref;
		this.fewNames[this.count++] = name;
	}

	private void becomeMany() {
		Map<Integer, String> byNumber = new HashMap<>();
		Map<String, Frame.Ref> byName = new HashMap<>();
		for (int i = 0; i < this.count; i++) {
			byNumber.put(this.few[i].alias(), this.fewNames[i]);
			byName.put(this.fewNames[i], this.few[i]);
		}
		this.names = byNumber;
		this.numbers = byName;
		forgetFew();
	}

	private void forgetFew() {
		this.few = NONE;
		this.fewNames = NO_NAMES;
		this.count = 0;
	}

	/** Forgets all: numbers start anew. */
	public void clear() {
		this.names = null;
		this.numbers = null;
		forgetFew();
		this.next = Names.FIRST_ALIAS;
	}

}
