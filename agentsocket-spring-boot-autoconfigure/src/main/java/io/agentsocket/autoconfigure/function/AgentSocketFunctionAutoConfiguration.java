package io.agentsocket.autoconfigure.function;

import java.util.List;
import java.util.Map;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.EndpointHandlerMapping;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.function.FunctionEndpoint;
import io.agentsocket.function.FunctionHttpHandler;
import io.agentsocket.lambda.LambdaLoop;
import io.agentsocket.session.Identities;
import jakarta.servlet.http.HttpServlet;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.server.reactive.ServletHttpHandlerAdapter;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.server.WebHandler;

/**
 * Auto-configuration of an application that is a function. It takes the place of the
 * endpoint for sockets, and needs a web stack only where requests come by HTTP.
 */
@AutoConfiguration(after = AgentSocketActionAutoConfiguration.class,
		afterName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration")
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty("agentsocket.function.enabled")
public final class AgentSocketFunctionAutoConfiguration {

	@Bean("io.agentsocket.functionEndpoint")
	@ConditionalOnMissingBean
	FunctionEndpoint agentSocketFunctionEndpoint(AgentSocketProperties properties, ActionCatalog catalog,
			QuestionSender questionSender, ObjectProvider<Codec> codecs, ObjectProvider<ErrorResolver> errorResolvers,
			ObjectProvider<ActionInterceptor> interceptors, ObjectProvider<ActionVisibility> visibility,
			ObjectProvider<Identities> identities) {
		List<Codec> all = codecs.orderedStream().toList();
		Codec json = json(all);
		DataSize bodyMemory = properties.function().bodyMemory();
		return FunctionEndpoint.builder(catalog, json, questionSender)
			.codecs(all)
			.secrets(properties.function().unsigned() ? List.of() : properties.function().secrets())
			.heartbeat(properties.function().heartbeat())
			.bodyMemory((bodyMemory != null) ? bodyMemory.toBytes() : 0)
			.errorResolvers(errorResolvers.orderedStream().toList())
			.interceptors(interceptors.orderedStream().toList())
			.visibility(visibility.orderedStream().toList())
			.identities(identities.getIfAvailable(() -> Identities.NONE))
			.build();
	}

	private static Codec json(List<Codec> codecs) {
		return codecs.stream().filter((codec) -> codec.name().equals("json")).findFirst().orElseGet(JacksonCodec::json);
	}

	@Bean("io.agentsocket.functionLifecycle")
	FunctionLifecycle agentSocketFunctionLifecycle(FunctionEndpoint endpoint) {
		return new FunctionLifecycle(endpoint);
	}

	@Bean("io.agentsocket.functionSchemaVerification")
	@ConditionalOnProperty(name = "agentsocket.function.verify", havingValue = "later", matchIfMissing = true)
	SchemaVerification agentSocketFunctionSchemaVerification(FunctionEndpoint endpoint) {
		return new SchemaVerification(endpoint, SchemaVerification.DELAY);
	}

	@Bean("io.agentsocket.lambdaLifecycle")
	@ConditionalOnBooleanProperty("agentsocket.function.lambda")
	LambdaLifecycle agentSocketLambdaLifecycle(FunctionEndpoint endpoint, AgentSocketProperties properties,
			ObjectProvider<LambdaLifecycle.End> end, Environment environment) {
		boolean wanted = properties.function().lambda();
		String api = wanted ? environment.getRequiredProperty("AWS_LAMBDA_RUNTIME_API") : "none";
		return new LambdaLifecycle(new LambdaLoop(api, endpoint, endpoint.json()),
				end.getIfAvailable(() -> () -> System.exit(1)), wanted);
	}

	@Bean("io.agentsocket.functionLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketFunctionLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(FunctionLifecycle.class, LambdaLifecycle.class,
				SchemaVerification.class);
	}

	/** The endpoint in a WebFlux application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(DispatcherHandler.class)
	static class WebFluxConfiguration {

		/** Before the mappings of controllers and functions. */
		private static final int MAPPING_ORDER = -2;

		@Bean("io.agentsocket.functionHandlerMapping")
		@ConditionalOnMissingBean(name = "io.agentsocket.functionHandlerMapping")
		SimpleUrlHandlerMapping agentSocketFunctionHandlerMapping(FunctionEndpoint endpoint,
				AgentSocketProperties properties) {
			FunctionHttpHandler handler = new FunctionHttpHandler(endpoint);
			WebHandler webHandler = (exchange) -> handler.handle(exchange.getRequest(), exchange.getResponse());
			String path = properties.function().path();
			return new EndpointHandlerMapping(Map.of(path, webHandler, path + "/**", webHandler), MAPPING_ORDER);
		}

	}

	/** The endpoint in a servlet application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(HttpServlet.class)
	static class ServletConfiguration {

		@Bean("io.agentsocket.functionServletRegistration")
		@ConditionalOnMissingBean(name = "io.agentsocket.functionServletRegistration")
		ServletRegistrationBean<ServletHttpHandlerAdapter> agentSocketFunctionServletRegistration(
				FunctionEndpoint endpoint, AgentSocketProperties properties) {
			ServletRegistrationBean<ServletHttpHandlerAdapter> registration = new ServletRegistrationBean<>(
					new ServletHttpHandlerAdapter(new FunctionHttpHandler(endpoint)),
					properties.function().path() + "/*");
			registration.setName("agentSocketFunction");
			registration.setAsyncSupported(true);
			registration.setLoadOnStartup(1);
			return registration;
		}

	}

}
