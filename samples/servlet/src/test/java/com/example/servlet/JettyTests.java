package com.example.servlet;

import jakarta.servlet.ServletContext;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * The application on Jetty.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "server.address=127.0.0.1")
class JettyTests extends ServletContract {

	@Autowired
	private ServletContext context;

	@Override
	String container() {
		return "jetty";
	}

	@Override
	String serverInfo() {
		return this.context.getServerInfo();
	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Container {

		@Bean
		JettyServletWebServerFactory container() {
			return new JettyServletWebServerFactory();
		}

	}

}
