package com.example.servlet;

import jakarta.servlet.ServletContext;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.annotation.Bean;

/**
 * The application on Tomcat.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "server.address=127.0.0.1")
class TomcatTests extends ServletContract {

	@Autowired
	private ServletContext context;

	@Override
	String container() {
		return "Apache Tomcat";
	}

	@Override
	String serverInfo() {
		return this.context.getServerInfo();
	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Container {

		@Bean
		TomcatServletWebServerFactory container() {
			return new TomcatServletWebServerFactory();
		}

	}

}
