package io.agentsocket.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.convert.ConversionException;
import org.springframework.util.unit.DataSize;

/**
 * Reads all properties of Agent Socket before it complains of one, so that who starts the
 * application learns of all mistakes at once: values that have the wrong form, and values
 * that break a rule. The properties of others are bound as they always are.
 */
final class PropertyBindings implements ConfigurationPropertiesBindHandlerAdvisor {

	private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("agentsocket");

	private static final String TRUTH_VALUE = "It must be true or false.";

	private static final Map<Class<?>, String> FORMS = Map.of(Duration.class, "It must be a time such as 30s or 500ms.",
			DataSize.class, "It must be a size such as 64KB or 1MB.", Integer.class, "It must be a whole number.",
			Boolean.class, TRUTH_VALUE, URI.class, "It must be an address such as wss://example.com/agentsocket.");

	private final PropertyChecks checks;

	/**
	 * Create bindings.
	 * @param codecs gives the names of the codecs that there are, empty when they are not
	 * known yet
	 * @param bundles gives the names of the SSL bundles that there are
	 * @param isPresent tells whether a class is on the class path
	 */
	PropertyBindings(Supplier<Set<String>> codecs, Supplier<Set<String>> bundles, Predicate<String> isPresent) {
		this.checks = new PropertyChecks(codecs, bundles, isPresent);
	}

	@Override
	public BindHandler apply(BindHandler handler) {
		return new Handler(handler, this.checks);
	}

	private static final class Handler extends AbstractBindHandler {

		private final PropertyChecks checks;

		private final Map<String, PropertyMistake> unreadable = new LinkedHashMap<>();

		/** All names that were looked for. */
		private final Set<ConfigurationPropertyName> read = new HashSet<>();

		/** Whether the properties are those of Agent Socket. */
		private boolean ours;

		Handler(BindHandler parent, PropertyChecks checks) {
			super(parent);
			this.checks = checks;
		}

		@Override
		public <T> @Nullable Bindable<T> onStart(ConfigurationPropertyName name, Bindable<T> target,
				BindContext context) {
			this.ours |= name.equals(ROOT) && target.getType().resolve() == AgentSocketProperties.class;
			this.read.add(name);
			return super.onStart(name, target, context);
		}

		/** The default takes the place of a value that cannot be read. */
		@Override
		public @Nullable Object onFailure(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
				Exception error) throws Exception {
			if (!this.ours || !ROOT.isAncestorOf(name)) {
				return super.onFailure(name, target, context, error);
			}
			String property = name.toString();
			boolean isKnown = this.unreadable.keySet().stream().anyMatch((known) -> known.startsWith(property + "["));
			if (!isKnown) {
				this.unreadable.put(property, WrittenProperties.mistake(property, context.getConfigurationProperty(),
						null, form(target, error), null));
			}
			return null;
		}

		private static String form(Bindable<?> target, Exception error) {
			Class<?> type = target.getBoxedType().resolve(Object.class);
			boolean list = List.class.isAssignableFrom(type);
			type = list ? target.getType().getGeneric().resolve(Object.class) : type;
			if (!(error instanceof ConversionException)) {
				return "It cannot be read: " + error.getMessage() + ".";
			}
			if (type.isEnum()) {
				return "It must be one of: " + Arrays.stream(type.getEnumConstants())
					.map((constant) -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'))
					.collect(Collectors.joining(", ")) + ".";
			}
			String form = FORMS.getOrDefault(type, "It cannot be read as " + type.getSimpleName() + ".");
			return list ? "Of each element: " + form : form;
		}

		/**
		 * Conditions compare the text of a property with true and false, while the binder
		 * also takes words such as yes and 1: the two would not agree.
		 */
		private void checkTruthValue(ConfigurationPropertyName name, BindContext context) {
			context.getBinder().bind(name, Bindable.of(String.class)).ifBound((text) -> {
				if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
					String property = name.toString();
					WrittenProperties written = new WrittenProperties(context.getSources(), Map.of());
					this.unreadable.put(property, written.mistake(property, text, TRUTH_VALUE, null));
				}
			});
		}

		@Override
		public void onFinish(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
				@Nullable Object result) throws Exception {
			super.onFinish(name, target, context, result);
			if (this.ours && ROOT.isAncestorOf(name) && target.getBoxedType().resolve() == Boolean.class) {
				checkTruthValue(name, context);
			}
			if (name.equals(ROOT) && result instanceof AgentSocketProperties properties) {
				WrittenProperties written = new WrittenProperties(context.getSources(), this.unreadable);
				List<PropertyMistake> mistakes = new ArrayList<>(this.unreadable.values());
				mistakes.addAll(this.checks.check(properties, written));
				new UnknownProperties(ROOT, this.read).report(context.getSources());
				if (!mistakes.isEmpty()) {
					throw new InvalidPropertiesException(mistakes);
				}
			}
		}

	}

}
