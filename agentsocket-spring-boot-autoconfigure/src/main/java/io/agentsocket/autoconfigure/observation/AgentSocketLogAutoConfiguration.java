package io.agentsocket.autoconfigure.observation;

import io.agentsocket.session.SessionLog;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the lines that are logged for sessions.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketLogAutoConfiguration {

	@Bean("io.agentsocket.sessionLog")
	@ConditionalOnMissingBean
	SessionLog agentSocketSessionLog() {
		return new SessionLog();
	}

}
