package io.agentsocket;

import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

import org.springframework.http.codec.ClientCodecConfigurer;
import org.springframework.http.codec.ServerCodecConfigurer;

/**
 * Fails a class of tests that leaves behind what changes the classes after it: a log
 * level, an appender, a system property, a hook of Reactor. The order of classes differs
 * between machines and forks, so that a failure which such a class causes is seen
 * elsewhere, now and then. Registered for all classes.
 */
public final class UnchangedJvm implements BeforeAllCallback, AfterAllCallback {

	private static final Namespace NAMESPACE = Namespace.create(UnchangedJvm.class);

	static {
		// The codecs of Spring load classes by the loader of the thread that uses them
		// first. A thread of Netty that a request of Tomcat has started keeps the loader
		// of its application; after the end of that application their initialization
		// would fail there, and with that for the rest of this JVM.
		ServerCodecConfigurer.create();
		ClientCodecConfigurer.create();
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		context.getStore(NAMESPACE).put(context.getUniqueId(), new JvmState());
	}

	/** The state before a class, {@code null} if nobody has looked. */
	static @Nullable JvmState before(ExtensionContext context) {
		return context.getStore(NAMESPACE).get(context.getUniqueId(), JvmState.class);
	}

	@Override
	public void afterAll(ExtensionContext context) {
		JvmState before = before(context);
		Set<String> differences = (before != null) ? before.differences(new JvmState()) : Set.of("nobody has looked");
		if (before != null && !differences.isEmpty()) {
			before.restore();
		}
		if (!differences.isEmpty()) {
			throw new AssertionError(context.getDisplayName() + " leaves behind what changes other tests: "
					+ String.join("; ", differences));
		}
	}

}
