package io.agentsocket.action;

import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;

/**
 * A named operation that one side offers to the other. Immutable.
 */
public final class Action {

	private static final ActionSchemas ANY = new ActionSchemas(ActionSchema.of(HandlerChecks.ANY_INPUT), null, null);

	private final String name;

	private final @Nullable String title;

	private final @Nullable String description;

	private final Set<String> tags;

	private final ActionHints hints;

	private final ActionSchemas schemas;

	private final ResultShape result;

	private final @Nullable Type resultType;

	private final @Nullable Predicate<AgentSession> visibility;

	private final ActionHandler handler;

	private final InputCheck inputCheck;

	private volatile @Nullable SearchText searchText;

	private Action(Builder builder) {
		this.name = builder.name;
		this.title = builder.title;
		this.description = builder.description;
		this.tags = Collections.unmodifiableSet(new LinkedHashSet<>(builder.tags));
		this.hints = builder.hints;
		this.schemas = builder.schemas;
		this.result = builder.result;
		this.resultType = builder.resultType;
		this.visibility = builder.visibility;
		this.handler = Expect.present("handler", builder.handler);
		this.inputCheck = builder.checks.of(this.schemas, this.handler);
	}

	/**
	 * Start to build an action.
	 * @param name its name, see {@link Names#PATTERN}
	 * @return a builder
	 * @throws IllegalArgumentException if the name is not valid
	 */
	public static Builder named(String name) {
		return new Builder(name);
	}

	/**
	 * Start from this action.
	 * @return a builder of a changed copy
	 */
	public Builder mutate() {
		return new Builder(this);
	}

	/**
	 * The name.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Title for people.
	 * @return the title, or {@code null}
	 */
	public @Nullable String title() {
		return this.title;
	}

	/**
	 * Description of the action, for a model.
	 * @return the description, or {@code null}
	 */
	public @Nullable String description() {
		return this.description;
	}

	/**
	 * Words to find it by.
	 * @return the tags in their order
	 */
	public Set<String> tags() {
		return this.tags;
	}

	/**
	 * Hints that a caller may rely on.
	 * @return the hints
	 */
	public ActionHints hints() {
		return this.hints;
	}

	/**
	 * JSON Schema (2020-12) of the arguments.
	 * @return the schema of an object, as maps, lists, texts, numbers and booleans
	 */
	public Map<String, Object> input() {
		return this.schemas.input().get();
	}

	/**
	 * The checks of the input of a caller.
	 * @return which of them the schemas are for
	 */
	@Internal
	public InputCheck inputCheck() {
		return this.inputCheck;
	}

	/**
	 * JSON Schema of the value, or of one item of a stream of values.
	 * @return the schema, or {@code null} when nothing is known or sent
	 */
	public @Nullable Map<String, Object> output() {
		return ActionSchema.get(this.schemas.output());
	}

	/**
	 * JSON Schema of one item that the caller may send while the action runs.
	 * @return the schema, or {@code null} when the action takes no items
	 */
	public @Nullable Map<String, Object> items() {
		return ActionSchema.get(this.schemas.items());
	}

	/**
	 * Shape of the results.
	 * @return the shape of the result
	 */
	public ResultShape result() {
		return this.result;
	}

	/**
	 * Declared type of the value, or of one item of a stream of values, which says how it
	 * is written: polymorphic elements of a list, type parameters.
	 * @return the type, or {@code null} when each value is written by its class
	 */
	public @Nullable Type resultType() {
		return this.resultType;
	}

	/**
	 * Whether a session may see and invoke the action. An action that is not visible does
	 * not exist for the session.
	 * @param session the session
	 * @return {@code true} when visible
	 */
	public boolean isVisibleTo(AgentSession session) {
		return this.visibility == null || this.visibility.test(session);
	}

	/** Text for searches; made when it is first searched for. */
	SearchText searchText() {
		SearchText known = this.searchText;
		if (known == null) {
			known = SearchText.of(this.name, this.title, this.description, this.tags);
			this.searchText = known;
		}
		return known;
	}

	/**
	 * Whether the visibility of the action depends on the session.
	 * @return {@code false} when every session sees it
	 */
	public boolean isRestricted() {
		return this.visibility != null;
	}

	/**
	 * Handler that runs it.
	 * @return the handler
	 */
	public ActionHandler handler() {
		return this.handler;
	}

	@Override
	public String toString() {
		return this.name;
	}

	/**
	 * Builds an {@link Action}. Each setter checks its argument. Not thread-safe.
	 */
	public static final class Builder {

		private String name;

		private @Nullable String title;

		private @Nullable String description;

		private Set<String> tags = new LinkedHashSet<>();

		private ActionHints hints = ActionHints.NONE;

		private ActionSchemas schemas = ANY;

		private ResultShape result = ResultShape.VALUE;

		private @Nullable Type resultType;

		private @Nullable Predicate<AgentSession> visibility;

		private @Nullable ActionHandler handler;

		private final HandlerChecks checks;

		private Builder(String name) {
			this.name = checked(name);
			this.checks = new HandlerChecks();
		}

		private Builder(Action action) {
			this.name = action.name;
			this.title = action.title;
			this.description = action.description;
			this.tags.addAll(action.tags);
			this.hints = action.hints;
			this.schemas = action.schemas;
			this.result = action.result;
			this.resultType = action.resultType;
			this.visibility = action.visibility;
			this.handler = action.handler;
			this.checks = new HandlerChecks(action.inputCheck, action.handler);
		}

		private static String checked(String name) {
			if (!Names.isValid(Expect.present("name", name)) || name.length() > 128) {
				throw new IllegalArgumentException(
						"The name of an action matches " + Names.PATTERN + " and has at most 128 bytes: " + name);
			}
			return name;
		}

		/**
		 * Change the name.
		 * @param name its name, see {@link Names#PATTERN}
		 * @return this
		 * @throws IllegalArgumentException if the name is not valid
		 */
		public Builder name(String name) {
			this.name = checked(name);
			return this;
		}

		/**
		 * Set the title.
		 * @param title title for people, or {@code null}
		 * @return this
		 */
		public Builder title(@Nullable String title) {
			this.title = title;
			return this;
		}

		/**
		 * Set the description.
		 * @param description purpose of the action, for a model, or {@code null}
		 * @return this
		 */
		public Builder description(@Nullable String description) {
			this.description = description;
			return this;
		}

		/**
		 * Add tags.
		 * @param tags words to find it by
		 * @return this
		 */
		public Builder tags(String... tags) {
			this.tags.addAll(Arrays.asList(Expect.present("tags", tags)));
			return this;
		}

		/**
		 * Set the hints.
		 * @param hints assumptions that a caller may make
		 * @return this
		 */
		public Builder hints(ActionHints hints) {
			this.hints = Expect.present("hints", hints);
			return this;
		}

		/**
		 * Set the schema of the arguments. Arguments that do not satisfy it are refused
		 * with INVALID_ARGUMENT before the handler is called.
		 * @param schema JSON Schema of an object
		 * @return this
		 */
		public Builder input(Map<String, Object> schema) {
			this.schemas = this.schemas.withInput(Expect.present("schema", schema));
			this.checks.arguments(false);
			return this;
		}

		/**
		 * Set all schemas, and leave it to the handler to check the arguments.
		 * @param schemas the schemas
		 * @return this
		 */
		@Internal
		public Builder schemas(ActionSchemas schemas) {
			this.schemas = Expect.present("schemas", schemas);
			return checkedByHandler();
		}

		/**
		 * Leave it to the handler to check the arguments against the schema.
		 * @return this
		 */
		@Internal
		public Builder checkedByHandler() {
			this.checks.arguments(true);
			return this;
		}

		/**
		 * Leave it to the handler, which checks the arguments, to check items as well.
		 * @return this
		 */
		@Internal
		public Builder itemsCheckedByHandler() {
			this.checks.items(true);
			return this;
		}

		/**
		 * Set the schema of the value or of an item.
		 * @param schema JSON Schema, or {@code null}
		 * @return this
		 */
		public Builder output(@Nullable Map<String, Object> schema) {
			this.schemas = this.schemas.withOutput(schema);
			return this;
		}

		/**
		 * Declare that the caller may send items while the action runs. An item that does
		 * not satisfy the schema ends the items with INVALID_ARGUMENT.
		 * @param schema JSON Schema of one item, or {@code null} for none
		 * @return this
		 */
		public Builder items(@Nullable Map<String, Object> schema) {
			this.schemas = this.schemas.withItems(schema);
			this.checks.items(false);
			return this;
		}

		/**
		 * Set the kind of its result; {@link ResultShape#VALUE} by default.
		 * @param result the shape
		 * @return this
		 */
		public Builder result(ResultShape result) {
			this.result = Expect.present("result", result);
			return this;
		}

		/**
		 * Set the declared type of the value or of an item, which says how it is written.
		 * Needed only for details that a class does not tell, such as the type parameters
		 * of a record.
		 * @param type the type, or {@code null} to write each value by its class
		 * @return this
		 */
		public Builder resultType(@Nullable Type type) {
			this.resultType = type;
			return this;
		}

		/**
		 * Restrict its visibility.
		 * @param visibility tells for a session, fast and without blocking; {@code null}
		 * for everybody
		 * @return this
		 */
		public Builder visibleTo(@Nullable Predicate<AgentSession> visibility) {
			this.visibility = visibility;
			return this;
		}

		/**
		 * Set the handler and build the action.
		 * @param handler the code that runs it
		 * @return the action
		 */
		public Action handler(ActionHandler handler) {
			this.handler = handler;
			return build();
		}

		/**
		 * Build an action that has a handler, as one from {@link Action#mutate()}.
		 * @return the action
		 * @throws IllegalArgumentException if there is no handler
		 */
		public Action build() {
			return new Action(this);
		}

	}

}
