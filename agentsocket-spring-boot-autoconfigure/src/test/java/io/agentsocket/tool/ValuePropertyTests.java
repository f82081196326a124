package io.agentsocket.tool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

import io.agentsocket.action.Action;
import jakarta.validation.Validation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For types that nobody wrote, values of them and whatever is not quite a value: what
 * fits the published schema is accepted, what does not is refused and said where, what is
 * sent fits the schema of results, and is the same when it is read again. In both codecs.
 *
 * <p>
 * The random numbers are printed when something is found. To see it again, run with
 * {@code -Dvalues.seed=}; with {@code -Dvalues.rounds=} as many other zoos are tried.
 */
class ValuePropertyTests {

	/** Types in one zoo, which are compiled together. */
	private static final int TYPES = share(60);

	/** All of them where tests may take long, or a quarter. */
	static int share(int all) {
		return (System.getenv("CI") != null) ? all : all / 4;
	}

	static List<Long> seeds() {
		Long seed = Long.getLong("values.seed");
		List<Long> seeds = new ArrayList<>();
		for (int i = 0; i < Integer.getInteger("values.rounds", 1); i++) {
			seeds.add((seed != null) ? seed : System.nanoTime() + i);
		}
		return seeds;
	}

	@ParameterizedTest(name = "-Dvalues.seed={0}")
	@MethodSource("seeds")
	void schemasSayWhatIsAcceptedAndSent(long seed) throws Exception {
		Random random = new Random(seed);
		TypeZoo zoo = new TypeZoo(random);
		List<TypeZoo.Generated> types = new ArrayList<>();
		StringBuilder tools = new StringBuilder("public class Tools {\n");
		for (int i = 0; i < TYPES; i++) {
			TypeZoo.Generated type = zoo.type(3);
			types.add(type);
			tools.append("@AgentTool public %1$s echo%2$d(@AgentParam(\"v\") %1$s v) { return v; }%n"
				.formatted(type.source(), i));
		}
		ClassLoader classes = ZooCompiler.compile(declarations(zoo, tools.append("}").toString()));
		Object bean = classes.loadClass("Tools").getConstructor().newInstance();
		List<Action> actions = AgentTools.builder()
			.validator(Validation.buildDefaultValidatorFactory().getValidator())
			.executor(Runnable::run)
			.build()
			.actionsOf(bean);
		List<String> found = new ArrayList<>();
		for (int i = 0; i < TYPES && found.size() < 10; i++) {
			try {
				ValueChecks.check(Call.of(actions, "echo" + i).action(), values(types.get(i), classes), Call.codecs(),
						random);
			}
			catch (ValueChecks.Finding ex) {
				found.add(types.get(i).source() + ": " + ex.getMessage() + "\n" + declared(zoo, types.get(i).source()));
			}
		}
		if (!found.isEmpty()) {
			throw new AssertionError("-Dvalues.seed=" + seed + "\n" + String.join("\n\n", found));
		}
	}

	private static Function<Random, @Nullable Object> values(TypeZoo.Generated type, ClassLoader classes) {
		return (random) -> {
			try {
				return type.values().next(random, classes);
			}
			catch (ReflectiveOperationException ex) {
				throw new IllegalStateException(ex);
			}
		};
	}

	private static Map<String, String> declarations(TypeZoo zoo, String tools) {
		Map<String, String> declarations = new LinkedHashMap<>();
		declarations.put("Tools", tools);
		for (String source : zoo.sources()) {
			String name = source.replaceAll("(?s).*?(?:record|class|enum|interface) ([A-Z]\\w*).*", "$1");
			declarations.put(name, source.replace("public static class", "public class"));
		}
		return declarations;
	}

	/** The declarations that a type needs. */
	private static String declared(TypeZoo zoo, String type) {
		Map<String, String> all = declarations(zoo, "");
		List<String> names = new ArrayList<>(List.of(type.split("\\W+")));
		StringBuilder found = new StringBuilder();
		for (int i = 0; i < names.size(); i++) {
			String source = all.get(names.get(i));
			if (source != null) {
				found.append(source).append('\n');
				for (String name : source.split("\\W+")) {
					if (!names.contains(name)) {
						names.add(name);
					}
				}
			}
		}
		return found.toString();
	}

}
