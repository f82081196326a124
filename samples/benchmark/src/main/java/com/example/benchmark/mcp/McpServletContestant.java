package com.example.benchmark.mcp;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import com.example.benchmark.TomcatServer;

import org.springframework.ai.mcp.server.webflux.autoconfigure.McpServerStatelessWebFluxAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.transport.WebMvcStatelessServerTransport;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.context.support.StandardServletEnvironment;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.function.RouterFunction;

/**
 * MCP by Spring AI's stateless server for Spring MVC, in Tomcat. The container is set up
 * by hand, the server by Spring AI's own auto-configuration, which takes the environment
 * for that of a servlet application and so runs methods on the thread of the request.
 */
public final class McpServletContestant implements Contestant {

	@Override
	public Server serve() {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.environment(new StandardServletEnvironment())
			.run("--spring.ai.mcp.server.enabled=true", "--spring.ai.mcp.server.annotation-scanner.enabled=true",
					"--spring.ai.mcp.server.protocol=STATELESS", "--spring.ai.mcp.server.type=SYNC");
		GenericWebApplicationContext web = new GenericWebApplicationContext();
		web.setParent(context);
		web.registerBean(Web.class);
		RouterFunction<?> routes = context.getBean(WebMvcStatelessServerTransport.class).getRouterFunction();
		web.registerBean(RouterFunction.class, () -> routes);
		return TomcatServer.start("/*", new DispatcherServlet(web));
	}

	@Override
	public Connection connect(int port) {
		return new McpConnection(port);
	}

	@Override
	public boolean streams() {
		return false;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = McpServerStatelessWebFluxAutoConfiguration.class)
	static class Application {

		@Bean
		WebMvcStatelessServerTransport transport() {
			return WebMvcStatelessServerTransport.builder().messageEndpoint("/mcp").build();
		}

		@Bean
		McpContestant.SyncTools work() {
			return new McpContestant.SyncTools();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebMvc
	static class Web {

	}

}
