package com.example.benchmark;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Runs the measurements once, prints them and ends.
 */
@SpringBootApplication
public class BenchmarkApplication {

	public static void main(String[] args) {
		try (ConfigurableApplicationContext context = SpringApplication.run(BenchmarkApplication.class, args)) {
			int port = context.getEnvironment().getRequiredProperty("local.server.port", int.class);
			context.getBean(InterruptLatency.class).run(port);
		}
	}

}
