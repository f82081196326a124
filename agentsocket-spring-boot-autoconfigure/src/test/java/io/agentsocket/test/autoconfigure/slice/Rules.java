package io.agentsocket.test.autoconfigure.slice;

import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;

/**
 * Enables the rules on tools.
 */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
public class Rules {

}
