package io.agentsocket.autoconfigure.aot;

import java.io.IOException;
import java.lang.reflect.Member;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.AotDetector;
import org.springframework.aot.agent.RecordedInvocation;
import org.springframework.aot.agent.RecordedInvocationsListener;
import org.springframework.aot.agent.RecordedInvocationsPublisher;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.boot.SpringApplicationAotProcessor;

/**
 * Processes the application ahead of time as its build does it, compiles what comes out,
 * starts the application with that, and prints what it has called by reflection without a
 * hint that a native image would need for it. The JVM needs the agent of
 * spring-core-test, and the folder of the classes on its class path.
 */
final class HintsProbe {

	private static final Log logger = LogFactory.getLog(HintsProbe.class);

	static final String MISSING = "MISSING ";

	/** Names of types and resources of this project, the application's among them. */
	private static final String OURS = "io.agentsocket.";

	private HintsProbe() {
	}

	/**
	 * Process and run the application.
	 * @param args the folder of the sources, of the resources, of the classes, and what
	 * the application gets
	 */
	public static void main(String[] args) throws Exception {
		Path sources = Path.of(args[0]);
		Path resources = Path.of(args[1]);
		Path classes = Path.of(args[2]);
		String[] arguments = Arrays.copyOfRange(args, 3, args.length);
		Processor processor = new Processor(sources, resources, classes, arguments);
		processor.process();
		compile(sources, classes);
		RuntimeHints hints = Objects.requireNonNull(processor.hints);
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
		AheadOfTimeApplication.main(arguments);
		RecordedInvocationsPublisher.removeListener(listener);
		missing.forEach((line) -> logger.warn(MISSING + line));
	}

	private static void compile(Path sources, Path classes) throws IOException {
		Files.createDirectories(classes);
		List<String> options = new ArrayList<>(List.of("-nowarn", "-parameters", "-proc:none", "-d", classes.toString(),
				"-cp", System.getProperty("java.class.path")));
		try (Stream<Path> files = Files.walk(sources)) {
			files.map(Path::toString).filter((name) -> name.endsWith(".java")).forEach(options::add);
		}
		int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, options.toArray(String[]::new));
		if (status != 0) {
			throw new IllegalStateException("What was generated does not compile");
		}
	}

	/** The processor of a build, whose hints a file has in another form. */
	private static final class Processor extends SpringApplicationAotProcessor {

		private @Nullable RuntimeHints hints;

		Processor(Path sources, Path resources, Path classes, String... arguments) {
			super(AheadOfTimeApplication.class,
					Settings.builder()
						.sourceOutput(sources)
						.resourceOutput(resources)
						.classOutput(classes)
						.groupId("com.example")
						.artifactId("application")
						.build(),
					arguments);
		}

		@Override
		protected void writeHints(RuntimeHints written) {
			this.hints = written;
			super.writeHints(written);
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
