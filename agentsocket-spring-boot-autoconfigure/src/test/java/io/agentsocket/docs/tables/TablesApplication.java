package io.agentsocket.docs.tables;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;

/**
 * The application of {@code docs/testing.md}.
 */
@SpringBootApplication
class TablesApplication {

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	static class Rules {

	}

}
