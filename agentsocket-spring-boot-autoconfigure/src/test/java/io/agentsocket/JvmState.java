package io.agentsocket;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;

import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.test.util.ReflectionTestUtils;

/**
 * All that is global in a JVM and that a class of tests may change for those behind it,
 * as texts by which two states are compared.
 */
final class JvmState {

	/**
	 * System properties that applications, clients or the JDK read. Libraries set many
	 * others when they are first used, to the same value whoever uses them first.
	 */
	private static final Pattern READ = Pattern
		.compile("(agentsocket|spring|server|management|logging|reactor|user|file|http|https)\\..*"
				+ "|debug|trace|PORT|FUNCTIONS|address|java\\.(net|security|util)\\..*|line\\.separator");

	private final Map<String, String> values = new TreeMap<>();

	private final Map<String, String> properties = new TreeMap<>();

	private final Map<String, Level> levels = new LinkedHashMap<>();

	private final List<TurboFilter> filters = List.copyOf(context().getTurboFilterList());

	private final Locale locale = Locale.getDefault();

	private final TimeZone zone = TimeZone.getDefault();

	/**
	 * Look at this JVM and at this thread.
	 */
	JvmState() {
		System.getProperties().stringPropertyNames().forEach((name) -> {
			if (READ.matcher(name).matches() && !name.equals("spring.beaninfo.ignore")) {
				this.properties.put(name, System.getProperty(name));
			}
		});
		this.properties.forEach((name, value) -> this.values.put("system property " + name, value));
		this.values.put("default locale", this.locale.toString());
		this.values.put("default time zone", this.zone.getID());
		this.values.put("handler of uncaught exceptions", String.valueOf(Thread.getDefaultUncaughtExceptionHandler()));
		this.values.put("interrupt of the thread", String.valueOf(Thread.currentThread().isInterrupted()));
		this.values.put("MDC of the thread", String.valueOf(MDC.getCopyOfContextMap()).replace("{}", "null"));
		this.values.put("authentication of the thread",
				String.valueOf(SecurityContextHolder.getContext().getAuthentication()));
		this.values.put("accessors of thread locals",
				ContextRegistry.getInstance()
					.getThreadLocalAccessors()
					.stream()
					.map(ThreadLocalAccessor::key)
					.map(String::valueOf)
					.filter((key) -> !isOfLibrary(key))
					.toList()
					.toString());
		look("hooks of Reactor", Hooks.class, "onEachOperatorHooks", "onLastOperatorHooks", "onOperatorErrorHooks",
				"onErrorDroppedHook", "onNextDroppedHook", "onNextErrorHook", "QUEUE_WRAPPERS", "GLOBAL_TRACE",
				"DETECT_CONTEXT_LOSS");
		look("schedulers of Reactor", Schedulers.class, "factory", "DECORATORS", "onHandleErrorHooks",
				"onHandleErrorHook");
		lookAtLoggers();
	}

	/** Accessors are registered by what uses them first, and stay. */
	private static boolean isOfLibrary(String key) {
		return !key.contains("test");
	}

	private void look(String what, Class<?> type, String... fields) {
		Arrays.stream(fields)
			.forEach((field) -> this.values.put(what + " " + field, String.valueOf(field(type, field))));
	}

	private static @Nullable Object field(Class<?> type, String name) {
		Object value = ReflectionTestUtils.getField(type, name);
		return (value instanceof Map<?, ?> map) ? new TreeSet<>(map.keySet()) : value;
	}

	private void lookAtLoggers() {
		// An application whose start fails early leaves one that denies every line.
		this.values.put("filters of all loggers",
				context().getTurboFilterList().stream().filter((filter) -> !isOfCache(filter)).toList().toString());
		for (Logger logger : context().getLoggerList()) {
			if (logger.getLevel() != null) {
				this.levels.put(logger.getName(), logger.getLevel());
				this.values.put("level of " + logger.getName(), logger.getLevel().toString());
			}
			Set<String> appenders = new TreeSet<>();
			logger.iteratorForAppenders().forEachRemaining((appender) -> appenders.add(appender.getName() + ""));
			if (!appenders.isEmpty() || !logger.isAdditive()) {
				this.values.put("appenders of " + logger.getName(), appenders + " " + logger.isAdditive());
			}
		}
	}

	/**
	 * Counts lines as long as its application is there, which Spring keeps for other
	 * classes.
	 */
	private static boolean isOfCache(TurboFilter filter) {
		return filter.getClass().getName().startsWith("io.micrometer.");
	}

	private static LoggerContext context() {
		return (LoggerContext) LoggerFactory.getILoggerFactory();
	}

	/**
	 * Compare with a later state.
	 * @param later the later state
	 * @return a line for each difference
	 */
	Set<String> differences(JvmState later) {
		Set<String> names = new TreeSet<>(this.values.keySet());
		names.addAll(later.values.keySet());
		Set<String> differences = new TreeSet<>();
		for (String name : names) {
			String before = this.values.get(name);
			String after = later.values.get(name);
			if ((before != null) ? !before.equals(after) : after != null) {
				differences.add(name + ": " + before + " became " + after);
			}
		}
		return differences;
	}

	/**
	 * Make of this JVM again what it was, as far as that can be done: the classes behind
	 * do not fail as well.
	 */
	void restore() {
		Set<String> names = new TreeSet<>(new JvmState().properties.keySet());
		names.removeAll(this.properties.keySet());
		names.forEach(System::clearProperty);
		this.properties.forEach(System::setProperty);
		Locale.setDefault(this.locale);
		TimeZone.setDefault(this.zone);
		for (Logger logger : context().getLoggerList()) {
			Level before = this.levels.get(logger.getName());
			if (before != null || !logger.getName().equals(org.slf4j.Logger.ROOT_LOGGER_NAME)) {
				logger.setLevel(before);
			}
		}
		context().getTurboFilterList().removeIf((filter) -> !this.filters.contains(filter) && !isOfCache(filter));
		MDC.clear();
		SecurityContextHolder.clearContext();
		Thread.interrupted();
	}

}
