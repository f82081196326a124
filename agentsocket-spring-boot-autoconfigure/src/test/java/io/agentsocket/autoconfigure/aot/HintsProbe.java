package io.agentsocket.autoconfigure.aot;

import java.lang.reflect.Member;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.aot.AotDetector;
import org.springframework.aot.agent.RecordedInvocation;
import org.springframework.aot.agent.RecordedInvocationsListener;
import org.springframework.aot.agent.RecordedInvocationsPublisher;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.javapoet.ClassName;

/**
 * Starts the application that was processed ahead of time, and prints what it has called
 * by reflection without a hint that a native image would need for it. The JVM needs the
 * agent of spring-core-test.
 */
final class HintsProbe {

	private static final Log logger = LogFactory.getLog(HintsProbe.class);

	static final String MISSING = "MISSING ";

	/** Names of types and resources of this project, the application's among them. */
	private static final String OURS = "io.agentsocket.";

	private HintsProbe() {
	}

	public static void main(String[] args) throws Exception {
		RuntimeHints hints = process(args);
		System.setProperty(AotDetector.AOT_ENABLED, "true");
		TreeSet<String> missing = new TreeSet<>();
		RecordedInvocationsListener listener = (invocation) -> {
			if (isOurs(invocation) && !invocation.matches(hints)) {
				synchronized (missing) {
					missing.add(describe(invocation));
				}
			}
		};
		RecordedInvocationsPublisher.addListener(listener);
		AheadOfTimeApplication.main(args);
		RecordedInvocationsPublisher.removeListener(listener);
		missing.forEach((line) -> logger.warn(MISSING + line));
	}

	/** The hints, which only the generator has in this form. */
	private static RuntimeHints process(String[] args) {
		DefaultGenerationContext generation = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get(AheadOfTimeApplication.class)), new InMemoryGeneratedFiles());
		System.setProperty("spring.aot.processing", "true");
		try {
			withContext(args,
					(context) -> new ApplicationContextAotGenerator().processAheadOfTime(context, generation));
		}
		finally {
			System.clearProperty("spring.aot.processing");
		}
		return generation.getRuntimeHints();
	}

	private static void withContext(String[] args, Consumer<GenericApplicationContext> work) {
		SpringApplicationRunListener stop = new SpringApplicationRunListener() {

			@Override
			public void contextLoaded(ConfigurableApplicationContext context) {
				throw new SpringApplication.AbandonedRunException(context);
			}

		};
		try {
			SpringApplication.withHook((application) -> stop,
					() -> SpringApplication.run(AheadOfTimeApplication.class, args));
		}
		catch (SpringApplication.AbandonedRunException ex) {
			try (GenericApplicationContext context = (GenericApplicationContext) ex.getApplicationContext()) {
				work.accept(context);
			}
		}
	}

	private static boolean isOurs(RecordedInvocation invocation) {
		Object instance = invocation.isStatic() ? "" : invocation.getInstance();
		return Stream.concat(Stream.of(instance), invocation.getArguments().stream()).anyMatch(HintsProbe::isOurs);
	}

	private static boolean isOurs(Object value) {
		Object type = (value instanceof Member member) ? member.getDeclaringClass() : value;
		String name = (type instanceof Class<?> named) ? named.getName()
				: (type instanceof String text) ? text.replace('/', '.') : "";
		return name.startsWith(OURS);
	}

	private static String describe(RecordedInvocation invocation) {
		return invocation.getMethodReference() + " " + (invocation.isStatic() ? "" : invocation.getInstance()) + " "
				+ invocation.getArguments() + " at "
				+ invocation.getStackFrames()
					.skip(1)
					.limit(4)
					.map((frame) -> frame.getClassName() + "." + frame.getMethodName() + ":" + frame.getLineNumber())
					.toList();
	}

}
