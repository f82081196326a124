package io.agentsocket;

import java.time.Duration;

import org.springframework.context.annotation.Bean;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * Event loops of an application of its own: one that closes takes the loops along that
 * all others of the JVM share, and those do not answer anymore.
 */
public class OwnEventLoops {

	@Bean
	public ReactorResourceFactory reactorResources() {
		ReactorResourceFactory factory = new ReactorResourceFactory();
		factory.setUseGlobalResources(false);
		factory.setShutdownQuietPeriod(Duration.ZERO);
		return factory;
	}

}
