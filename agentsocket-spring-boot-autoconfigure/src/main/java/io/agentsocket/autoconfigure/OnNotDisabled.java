package io.agentsocket.autoconfigure;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;

/**
 * Nobody has switched Agent Socket off. A value that is neither true nor false switches
 * the rest off, but not the properties, so that it is reported with the other mistakes.
 */
final class OnNotDisabled extends NoneNestedConditions {

	OnNotDisabled() {
		super(ConfigurationPhase.PARSE_CONFIGURATION);
	}

	@ConditionalOnBooleanProperty(name = "agentsocket.enabled", havingValue = false)
	static class Disabled {

	}

}
