package io.agentsocket.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

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
 * @param bodyMemory Memory of requests that have not come as a whole yet; beyond it they
 * are answered with 503. By default a tenth of the largest heap, and at least 8MB.
 * @param lambda Whether requests are taken from the Runtime API of AWS Lambda, as a
 * custom runtime that streams its answers.
 * @param verify When the schemas of the actions are made for the first time, which finds
 * types of which none can be made: at the start, which fails then; later, 10s after the
 * start, so that the first invocation does not wait; or never, before a relay asks.
 */
@Internal
public record FunctionModeProperties(@DefaultValue("false") boolean enabled, @DefaultValue("/function") String path,
		@DefaultValue List<String> secrets, @DefaultValue("false") boolean unsigned,
		@DefaultValue("5s") Duration heartbeat, @Nullable DataSize bodyMemory, @DefaultValue("false") boolean lambda,
		@DefaultValue("later") Verify verify) {

	/** When the types of actions are looked at. */
	public enum Verify {

		/** When the application starts. */
		START,

		/** A while after the start. */
		LATER,

		/** When a relay asks for the actions. */
		NEVER

	}

	/** Does not show the secrets. */
	@Override
	public String toString() {
		return "FunctionModeProperties[enabled=" + this.enabled + ", path=" + this.path + "]";
	}

}
