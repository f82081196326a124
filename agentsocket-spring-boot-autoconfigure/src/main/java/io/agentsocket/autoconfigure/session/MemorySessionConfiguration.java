package io.agentsocket.autoconfigure.session;

import io.agentsocket.session.InMemoryOneTimeValues;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.OneTimeValues;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SpringSessionAttributes;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Sessions live as long as the process.
 */
@Configuration(proxyBeanMethods = false)
class MemorySessionConfiguration {

	private static final Log logger = LogFactory.getLog(MemorySessionConfiguration.class);

	@Bean("io.agentsocket.sessionStore")
	@ConditionalOnMissingBean(SessionStore.class)
	InMemorySessionStore agentSessionStore() {
		logger.info("Sessions of agents are kept in the memory of this process");
		return new InMemorySessionStore();
	}

	@Bean("io.agentsocket.podLink")
	@ConditionalOnMissingBean
	PodLink agentSocketPodLink() {
		return new InMemoryPods().link(PodNames.create());
	}

	@Bean("io.agentsocket.oneTimeValues")
	@ConditionalOnMissingBean(OneTimeValues.class)
	InMemoryOneTimeValues agentSocketOneTimeValues() {
		return new InMemoryOneTimeValues();
	}

	@Bean("io.agentsocket.sessionAttributes")
	@ConditionalOnMissingBean(SessionAttributes.class)
	SpringSessionAttributes<?> agentSessionAttributes() {
		return SpringSessionAttributes.inMemory();
	}

}
