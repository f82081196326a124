package io.agentsocket.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.agentsocket.annotation.Internal;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of an application that is itself a function: it serves its actions to a relay.
 *
 * @param enabled Whether the application is a function: its actions are served to a relay
 * by requests, and there is no endpoint for sockets.
 * @param path Path to which the relay sends its requests, or below it, relative to
 * spring.webflux.base-path or server.servlet.context-path.
 * @param secrets Comma-separated list of secrets with which the relay signs its requests,
 * each of them whsec_ and base64 of 24 to 64 bytes. Any of them is good.
 * @param unsigned Whether requests without a signature are answered, because the platform
 * lets nobody through but the relay. Not together with secrets.
 * @param heartbeat Silence after which an answer has a sign of life. A servlet container
 * notices by it, too, that the relay has gone. At most 5s.
 * @param lambda Whether requests are taken from the Runtime API of AWS Lambda, as a
 * custom runtime that streams its answers.
 */
@Internal
public record FunctionModeProperties(@DefaultValue("false") boolean enabled, @DefaultValue("/function") String path,
		@DefaultValue List<String> secrets, @DefaultValue("false") boolean unsigned,
		@DefaultValue("5s") Duration heartbeat, @DefaultValue("false") boolean lambda) {

	/** Does not show the secrets. */
	@Override
	public String toString() {
		return "FunctionModeProperties[enabled=" + this.enabled + ", path=" + this.path + "]";
	}

}
