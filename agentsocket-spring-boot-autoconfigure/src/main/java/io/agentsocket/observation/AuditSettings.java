package io.agentsocket.observation;

import java.util.Collection;
import java.util.List;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the records.
 *
 * @param exclude names of actions that are not recorded; a name that ends with {@code *}
 * stands for all that begin with the rest
 * @param redaction decides about values of arguments, {@code null} to record none
 */
@Internal
public record AuditSettings(List<String> exclude, @Nullable AuditRedaction redaction) {

	/**
	 * Create settings.
	 * @param exclude names of actions that are not recorded
	 * @param redaction decides about values, or {@code null}
	 */
	public AuditSettings(Collection<String> exclude, @Nullable AuditRedaction redaction) {
		this(List.copyOf(exclude), redaction);
	}

	boolean includes(String action) {
		for (String name : this.exclude) {
			boolean excluded = name.endsWith("*") ? action.startsWith(name.substring(0, name.length() - 1))
					: action.equals(name);
			if (excluded) {
				return false;
			}
		}
		return true;
	}

}
