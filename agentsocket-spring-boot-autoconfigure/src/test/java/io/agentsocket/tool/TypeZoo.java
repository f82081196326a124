package io.agentsocket.tool;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Makes up types that nobody wrote, as Java source, and values of them. Its types follow
 * from the random numbers alone.
 */
final class TypeZoo {

	/** Values at the edges are as likely as others. */
	private static final Map<String, Function<Random, Object>> SCALARS = new LinkedHashMap<>();

	private static final Map<String, Function<Random, Object>> KEYS = new LinkedHashMap<>();

	static {
		scalar("int", (random) -> pick(random, 0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, random.nextInt()));
		scalar("Integer", (random) -> pick(random, 7, Integer.MIN_VALUE, Integer.MAX_VALUE, random.nextInt()));
		scalar("long", (random) -> pick(random, 0L, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 53, random.nextLong()));
		scalar("Long", (random) -> pick(random, 1L, Long.MIN_VALUE, Long.MAX_VALUE, random.nextLong()));
		scalar("short", (random) -> pick(random, (short) 0, Short.MIN_VALUE, Short.MAX_VALUE));
		scalar("Byte", (random) -> pick(random, (byte) 0, Byte.MIN_VALUE, Byte.MAX_VALUE));
		scalar("float", (random) -> pick(random, 0f, -1.5f, Float.MAX_VALUE, Float.MIN_VALUE, random.nextFloat()));
		scalar("double", (random) -> pick(random, 0.0, 2.0, Double.MAX_VALUE, Double.MIN_VALUE, 1e15,
				random.nextDouble(), -random.nextInt() / 8.0));
		scalar("Double", (random) -> pick(random, 1.25, -Double.MAX_VALUE, random.nextGaussian()));
		scalar("java.math.BigDecimal", (random) -> pick(random, new BigDecimal("10.25"), new BigDecimal("-0.1"),
				new BigDecimal(BigInteger.ONE.shiftLeft(80), 10)));
		scalar("java.math.BigInteger",
				(random) -> pick(random, BigInteger.TEN, BigInteger.ONE.shiftLeft(70), new BigInteger(100, random)));
		scalar("boolean", Random::nextBoolean);
		scalar("Boolean", Random::nextBoolean);
		scalar("String", TypeZoo::text);
		scalar("CharSequence", TypeZoo::text);
		scalar("char", (random) -> pick(random, 'a', '\u00e9', '\u4e2d', '"'));
		scalar("java.time.LocalDate",
				(random) -> pick(random, LocalDate.of(2026, 1, 31), LocalDate.ofEpochDay(random.nextInt(40_000))));
		scalar("java.time.LocalTime", (random) -> pick(random, LocalTime.MIDNIGHT, LocalTime.of(14, 30),
				LocalTime.ofNanoOfDay(random.nextLong(86_400_000_000_000L))));
		scalar("java.time.LocalDateTime", (random) -> pick(random, LocalDateTime.of(2026, 1, 31, 14, 30),
				LocalDateTime.ofEpochSecond(random.nextInt(), 123_000_000, ZoneOffset.UTC)));
		scalar("java.time.Instant",
				(random) -> pick(random, Instant.EPOCH, Instant.ofEpochMilli(random.nextLong(4_000_000_000_000L))));
		scalar("java.time.OffsetDateTime",
				(random) -> OffsetDateTime.ofInstant(Instant.ofEpochSecond(random.nextInt()), ZoneOffset.UTC));
		scalar("java.time.Duration", (random) -> pick(random, Duration.ZERO, Duration.ofMinutes(90),
				Duration.ofMillis(-1_500), Duration.ofNanos(random.nextLong(1L << 50)).negated()));
		scalar("java.time.Period", (random) -> pick(random, Period.ZERO, Period.of(1, -2, 3)));
		scalar("java.time.YearMonth", (random) -> YearMonth.of(1900 + random.nextInt(300), 1 + random.nextInt(12)));
		scalar("java.time.Year", (random) -> Year.of(1900 + random.nextInt(300)));
		scalar("java.time.DayOfWeek", (random) -> pick(random, java.time.DayOfWeek.values()));
		scalar("java.util.UUID", (random) -> new UUID(random.nextLong(), random.nextLong()));
		scalar("java.net.URI", (random) -> pick(random, URI.create("https://example.com/a?b=c"), URI.create("a/b")));
		scalar("java.util.Locale", (random) -> pick(random, Locale.GERMANY, Locale.ENGLISH));
		scalar("java.util.OptionalInt", (random) -> pick(random, OptionalInt.empty(), OptionalInt.of(-3)));
		scalar("java.util.OptionalLong", (random) -> pick(random, OptionalLong.empty(), OptionalLong.of(1L << 40)));
		scalar("java.util.OptionalDouble", (random) -> pick(random, OptionalDouble.empty(), OptionalDouble.of(0.5)));
		scalar("java.util.concurrent.TimeUnit", (random) -> pick(random, java.util.concurrent.TimeUnit.values()));
		scalar("Short", (random) -> pick(random, (short) 7, Short.MIN_VALUE, Short.MAX_VALUE));
		scalar("byte", (random) -> pick(random, (byte) -1, Byte.MIN_VALUE, Byte.MAX_VALUE));
		scalar("Float", (random) -> pick(random, 0.1f, Float.MIN_NORMAL, -Float.MAX_VALUE, 16_777_216f));
		scalar("Character", (random) -> pick(random, '0', '\u0000', '\uffff', '\u2028'));
		scalar("Number", (random) -> pick(random, 7, 1L << 40, 0.5));
		scalar("java.time.ZonedDateTime", (random) -> pick(random, Instant.EPOCH, Instant.parse("0000-01-01T00:00:00Z"),
				Instant.parse("9999-12-31T23:59:59.999999999Z"))
			.atZone(ZoneOffset.UTC));
		scalar("java.time.OffsetTime",
				(random) -> pick(random, OffsetTime.MIN, OffsetTime.MAX, OffsetTime.of(1, 2, 3, 4, ZoneOffset.UTC)));
		scalar("java.time.MonthDay", (random) -> pick(random, MonthDay.of(2, 29), MonthDay.of(12, 31)));
		scalar("java.time.Month", (random) -> pick(random, java.time.Month.values()));
		scalar("java.time.ZoneOffset", (random) -> pick(random, ZoneOffset.MIN, ZoneOffset.UTC, ZoneOffset.MAX));
		scalar("java.time.ZoneId", (random) -> pick(random, ZoneId.of("Europe/Zurich"), ZoneId.of("UTC")));
		scalar("java.util.Date", (random) -> new Date(random.nextLong(253_402_300_800_000L)));
		scalar("java.util.Currency",
				(random) -> pick(random, Currency.getInstance("CHF"), Currency.getInstance("XAU")));
		scalar("java.util.TimeZone", (random) -> java.util.TimeZone.getTimeZone("UTC"));
		scalar("Integer[]", (random) -> pick(random, new Integer[0], new Integer[] { Integer.MIN_VALUE, 0 }));
		scalar("String[][]", (random) -> new String[][] { {}, { text(random) } });
		scalar("int[][]", (random) -> new int[][] { {}, { random.nextInt(), 0 } });
		scalar("float[]", (random) -> pick(random, new float[0], new float[] { Float.MIN_VALUE, Float.MAX_VALUE }));
		scalar("short[]", (random) -> pick(random, new short[0], new short[] { Short.MIN_VALUE, Short.MAX_VALUE }));
		scalar("boolean[]", (random) -> new boolean[] { random.nextBoolean() });
		scalar("char[]", (random) -> pick(random, "", "a\u0000", "\uD83D\uDE00").toCharArray());
		scalar("java.time.LocalDate[]", (random) -> new LocalDate[] { LocalDate.EPOCH });
		scalar("byte[]", (random) -> bytes(random));
		scalar("int[]", (random) -> random.ints(random.nextInt(4)).toArray());
		scalar("long[]", (random) -> random.longs(random.nextInt(3)).toArray());
		scalar("double[]", (random) -> random.doubles(random.nextInt(4)).toArray());
		scalar("String[]", (random) -> new String[] { text(random), text(random) });
		for (String key : List.of("String", "Integer", "Long", "Boolean", "Double", "java.time.LocalDate",
				"java.util.UUID", "java.time.Instant", "java.time.DayOfWeek", "java.time.YearMonth",
				"java.math.BigInteger")) {
			KEYS.put(key, SCALARS.get(key));
		}
		for (String key : List.of("java.time.LocalTime", "java.time.LocalDateTime", "java.time.OffsetDateTime",
				"java.time.ZonedDateTime", "java.time.OffsetTime", "java.time.Duration", "java.time.Period",
				"java.time.Year", "java.time.MonthDay", "java.time.Month", "java.time.ZoneId", "java.time.ZoneOffset",
				"java.util.Locale", "java.util.Currency", "java.net.URI", "java.math.BigDecimal", "Byte", "Float",
				"java.util.concurrent.TimeUnit", "java.util.Date")) {
			KEYS.put(key, SCALARS.get(key));
		}
		KEYS.put("Short", (random) -> (short) random.nextInt());
		KEYS.put("Character", (random) -> pick(random, 'a', 'b', '\u00e9'));
	}

	private final Random random;

	private final List<String> sources = new ArrayList<>();

	private final List<Generated> declared = new ArrayList<>();

	private int names;

	TypeZoo(Random random) {
		this.random = random;
	}

	private static void scalar(String name, Function<Random, Object> values) {
		SCALARS.put(name, values);
	}

	@SafeVarargs
	static <T> T pick(Random random, T... values) {
		return values[random.nextInt(values.length)];
	}

	private static String text(Random random) {
		return pick(random, "", " ", "x", "5", "true", "null", "NaN", "Gr\u00fc\u00dfe \uD83C\uDF0D", "a/b~c",
				"l".repeat(200), "2026-01-31", "\u0000", "a\u0000\u001f\u007f", "\uD83D\uDE00\uD800\uDC00\uDBFF\uDFFF",
				"\uD83C\uDF0D".repeat(30), "\ufeff", "\"\\/\b\n", "\u00e9".repeat(96),
				Integer.toString(random.nextInt(), 36));
	}

	private static byte[] bytes(Random random) {
		byte[] bytes = new byte[random.nextInt(5)];
		random.nextBytes(bytes);
		return bytes;
	}

	/**
	 * A type that was made up.
	 *
	 * @param source how it is written in Java
	 * @param values makes a value, given the classes
	 */
	record Generated(String source, Values values) {

		boolean isPrimitive() {
			return Character.isLowerCase(this.source.charAt(0)) && !this.source.contains(".")
					&& !this.source.endsWith("]");
		}

	}

	/** Makes values. */
	@FunctionalInterface
	interface Values {

		@Nullable Object next(Random random, ClassLoader classes) throws ReflectiveOperationException;

	}

	/** Declarations of all classes that were made up. */
	List<String> sources() {
		return this.sources;
	}

	Generated type(int depth) {
		int kind = this.random.nextInt((depth > 0) ? 17 : 4);
		return switch (kind) {
			case 0, 1, 2 -> scalar();
			case 3 -> enumeration();
			case 4 -> list(depth);
			case 5 -> set(depth);
			case 6, 7 -> map(depth);
			case 8 -> optional(depth);
			case 9 -> sealed(depth);
			case 10 -> generic(depth);
			case 11 -> bean(depth);
			case 12 -> array(depth);
			case 14 -> nested(depth);
			case 15 -> built(depth);
			default -> record(depth);
		};
	}

	private Generated again(int depth) {
		return (!this.declared.isEmpty() && this.random.nextInt(4) == 0)
				? this.declared.get(this.random.nextInt(this.declared.size())) : type(depth);
	}

	private Generated scalar() {
		List<String> all = new ArrayList<>(SCALARS.keySet());
		String name = all.get(this.random.nextInt(all.size()));
		return new Generated(name, (random, classes) -> SCALARS.get(name).apply(random));
	}

	private Generated boxed(int depth) {
		Generated type = again(depth);
		while (type.isPrimitive()) {
			type = again(depth);
		}
		return type;
	}

	private Generated list(int depth) {
		Generated item = (this.random.nextInt(4) == 0) ? constrained() : boxed(depth - 1);
		boolean nullable = this.random.nextInt(4) == 0 && !item.source().contains("Optional")
				&& !item.source().startsWith("@");
		return new Generated("java.util.List<" + (nullable ? nullable(item.source()) : item.source()) + ">",
				(random, classes) -> {
					List<@Nullable Object> list = new ArrayList<>();
					for (int i = random.nextInt(4); i > 0; i--) {
						list.add((nullable && random.nextInt(3) == 0) ? null : item.values().next(random, classes));
					}
					return list;
				});
	}

	/** The annotation stands before the simple name. */
	private static String nullable(String source) {
		if (source.endsWith("[]")) {
			// In front of the brackets of the outer array.
			int brackets = source.endsWith("[][]") ? source.length() - 4 : source.length() - 2;
			return source.substring(0, brackets) + " @Nullable " + source.substring(brackets);
		}
		int end = (source.indexOf('<') > 0) ? source.indexOf('<') : source.length();
		int dot = source.lastIndexOf('.', end);
		return source.substring(0, dot + 1) + "@Nullable " + source.substring(dot + 1);
	}

	/** An element with constraints in its place. */
	private Generated constrained() {
		return switch (this.random.nextInt(5)) {
			case 0 -> new Generated("@Size(min = 2, max = 5) @NotBlank String",
					(random, classes) -> pick(random, "ab", "\u00e9\u4e2d\u00a0xy", "\uD83D\uDE00\uD83C\uDF0D"));
			case 1 -> new Generated("@NotEmpty String", (random, classes) -> pick(random, "x", " ", "\u0000"));
			case 2 -> new Generated("@Min(-3) @Max(9) Integer", (random, classes) -> pick(random, -3, 0, 9));
			case 3 ->
				new Generated("@Pattern(regexp = \"[a-z]+\") String", (random, classes) -> pick(random, "x", "abc"));
			default -> new Generated("@DecimalMin(\"0.5\") Double", (random, classes) -> pick(random, 0.5, 1e300));
		};
	}

	private static Generated constrainedKeys(Generated value) {
		return new Generated(
				"java.util.Map<@Size(min = 2, max = 4) @Pattern(regexp = \"[a-z]+\") String, " + value.source() + ">",
				(random, classes) -> {
					Map<Object, Object> map = new LinkedHashMap<>();
					for (int i = random.nextInt(3); i > 0; i--) {
						map.put(pick(random, "ab", "abc", "wxyz"), value.values().next(random, classes));
					}
					return map;
				});
	}

	/** Read by way of a builder, which ignores a name and takes one more. */
	private Generated built(int depth) {
		String name = "Built" + this.names++;
		Generated one = boxed(depth - 1);
		Generated other = (this.random.nextBoolean()) ? list(depth - 1) : map(depth - 1);
		this.sources.add("""
				@tools.jackson.databind.annotation.JsonDeserialize(builder = %1$s.Builder.class)
				public record %1$s(%4$s one, %5$s other) {
					@JsonIgnoreProperties("secret")
					public static final class Builder {
						private %2$s one;
						private %3$s other;
						public Builder withOne(%2$s one) { this.one = one; return this; }
						public Builder withOther(%3$s other) { this.other = other; return this; }
						public Builder withMore(int more) { return this; }
						public Builder withSecret(String secret) { return this; }
						public %1$s build() { return new %1$s(this.one, this.other); }
					}
				}""".formatted(name, one.source(), other.source(), nullable(one.source()), nullable(other.source())));
		return declare(name, (random, classes) -> classes.loadClass(name).getConstructors()[0]
			.newInstance(one.values().next(random, classes), other.values().next(random, classes)));
	}

	private Generated set(int depth) {
		Generated item = enumeration();
		return new Generated("java.util.Set<" + item.source() + ">", (random, classes) -> {
			Set<Object> set = new LinkedHashSet<>();
			for (int i = random.nextInt(3); i > 0; i--) {
				set.add(item.values().next(random, classes));
			}
			return set;
		});
	}

	private Generated map(int depth) {
		Generated value = (this.random.nextInt(4) == 0) ? constrained() : boxed(depth - 1);
		if (this.random.nextInt(5) == 0) {
			return constrainedKeys(value);
		}
		Generated ownKey = enumeration();
		List<String> all = new ArrayList<>(KEYS.keySet());
		String known = all.get(this.random.nextInt(all.size()));
		boolean own = this.random.nextInt(5) == 0;
		return new Generated("java.util.Map<" + (own ? ownKey.source() : known) + ", " + value.source() + ">",
				(random, classes) -> {
					Map<Object, Object> map = new LinkedHashMap<>();
					for (int i = random.nextInt(3); i > 0; i--) {
						map.put(own ? ownKey.values().next(random, classes) : KEYS.get(known).apply(random),
								value.values().next(random, classes));
					}
					return map;
				});
	}

	private Generated optional(int depth) {
		Generated value = boxed(depth - 1);
		if (value.source().contains("Optional")) {
			return value;
		}
		return new Generated("java.util.Optional<" + value.source() + ">", (random, classes) -> (random.nextInt(3) == 0)
				? Optional.empty() : Optional.ofNullable(value.values().next(random, classes)));
	}

	private Generated array(int depth) {
		Generated item = record(depth - 1);
		return new Generated(item.source() + "[]", (random, classes) -> {
			Object array = Array.newInstance(classes.loadClass(binary(item.source())), random.nextInt(3));
			for (int i = 0; i < Array.getLength(array); i++) {
				Array.set(array, i, item.values().next(random, classes));
			}
			return array;
		});
	}

	private static String binary(String source) {
		int end = source.indexOf('<');
		return (end > 0) ? source.substring(0, end) : source;
	}

	Generated record(int depth) {
		String name = "Record" + this.names++;
		StringBuilder components = new StringBuilder();
		List<Values> values = new ArrayList<>();
		for (int i = this.random.nextInt(4); i >= 0; i--) {
			component(depth - 1, "c" + i, components, values);
		}
		this.sources.add("public record " + name + "(" + components.substring(2) + ") { }");
		return declare(name, (random, classes) -> construct(classes, name, values, random));
	}

	private void component(int depth, String name, StringBuilder components, List<Values> values) {
		components.append(", ");
		switch (this.random.nextInt(16)) {
			case 0 -> {
				components.append("@JsonFormat(shape = JsonFormat.Shape.STRING) int ").append(name);
				values.add((random, classes) -> random.nextInt());
				return;
			}
			case 1 -> {
				components.append("@JsonFormat(pattern = \"dd.MM.yyyy\") java.time.LocalDate ").append(name);
				values.add((random, classes) -> LocalDate.ofEpochDay(random.nextInt(20_000)));
				return;
			}
			case 2 -> {
				components.append("@Size(min = 2, max = 5) @NotBlank String ").append(name);
				values.add((random, classes) -> pick(random, "ab", "\u00e9\u4e2d\u00a0xy", "\uD83D\uDE00\uD83C\uDF0D",
						"a\uD83D\uDE00b"));
				return;
			}
			case 3 -> {
				components.append("@DecimalMin(value = \"0.5\", inclusive = false) @Max(9) double ").append(name);
				values.add((random, classes) -> pick(random, 0.75, 9.0, 0.5 + Math.ulp(0.5)));
				return;
			}
			case 4 -> {
				components.append("@Pattern(regexp = \"[a-z]+\") @AgentParam(required = false) String ").append(name);
				values.add((random, classes) -> pick(random, null, "x", "abc"));
				return;
			}
			case 5 -> {
				String noted = "Noted" + this.names++;
				this.sources.add("public record " + noted + "(String name, @Nullable Integer note) { }");
				boolean list = this.random.nextBoolean();
				components
					.append(pick(this.random, "@JsonIgnoreProperties(\"note\") ", "@JsonIncludeProperties(\"name\") "))
					.append(list ? "java.util.List<" + noted + "> " : noted + " ")
					.append(name);
				values.add((random, classes) -> {
					Object value = classes.loadClass(noted).getConstructors()[0].newInstance(text(random), null);
					return list ? List.of(value) : value;
				});
				return;
			}
			default -> {
			}
		}
		Generated type = again(depth);
		if (this.random.nextInt(6) == 0) {
			components.append("@JsonProperty(\"").append(name).append("_renamed\") ");
		}
		boolean optional = !type.isPrimitive() && this.random.nextInt(3) == 0 && !type.source().contains("Optional");
		if (optional) {
			components.append((this.random.nextBoolean()) ? nullable(type.source())
					: "@AgentParam(required = false) " + type.source());
			values.add((random, classes) -> random.nextBoolean() ? null : type.values().next(random, classes));
		}
		else {
			components.append(type.source());
			values.add(type.values());
		}
		components.append(' ').append(name);
	}

	private Generated declare(String source, Values values) {
		Generated type = new Generated(source, values);
		this.declared.add(type);
		return type;
	}

	private static Object construct(ClassLoader classes, String name, List<Values> values, Random random)
			throws ReflectiveOperationException {
		Object[] arguments = new Object[values.size()];
		for (int i = 0; i < arguments.length; i++) {
			arguments[i] = values.get(i).next(random, classes);
		}
		return classes.loadClass(name).getConstructors()[0].newInstance(arguments);
	}

	private Generated generic(int depth) {
		Generated some = boxed(depth - 1);
		// The types of type arguments are known, the annotations in them are not.
		boolean plain = !some.source().startsWith("java.util.Optional") && !some.source().contains("@");
		return generic(this, plain ? some : enumeration());
	}

	private static Generated generic(TypeZoo zoo, Generated content) {
		String name = "Box" + zoo.names++;
		zoo.sources
			.add("public record " + name + "<T>(T first, java.util.List<T> rest, java.util.Optional<T> maybe) { }");
		return new Generated(name + "<" + content.source() + ">", (random, classes) -> {
			Object maybe = random.nextBoolean() ? null : content.values().next(random, classes);
			return classes.loadClass(name).getConstructors()[0].newInstance(content.values().next(random, classes),
					(random.nextBoolean()) ? List.of() : List.of(content.values().next(random, classes)),
					Optional.ofNullable(maybe));
		});
	}

	private Generated bean(int depth) {
		String name = "Bean" + this.names++;
		Generated one = again(depth - 1);
		Generated other = boxed(depth - 1);
		this.sources.add("""
				public static class %1$s {
					private %2$s one;
					private %3$s other;
					public %2$s getOne() { return this.one; }
					public void setOne(%2$s one) { this.one = one; }
					public %3$s getOther() { return this.other; }
					public void setOther(%3$s other) { this.other = other; }
				}""".formatted(name, one.source(), other.source()));
		return declare(name, (random, classes) -> {
			Class<?> type = classes.loadClass(name);
			Object bean = type.getConstructor().newInstance();
			for (java.lang.reflect.Method method : type.getMethods()) {
				if (method.getName().startsWith("set")) {
					method.invoke(bean,
							(method.getName().equals("setOne") ? one : other).values().next(random, classes));
				}
			}
			return bean;
		});
	}

	/** Containers of containers of containers, with whatever is in them. */
	private Generated nested(int depth) {
		return switch (this.random.nextInt(3)) {
			case 0 -> listOf(listOf(listOf(optional(depth))));
			case 1 -> generic(this, generic(this, generic(depth)));
			default -> listOf(generic(this, listOf(sealed(depth))));
		};
	}

	private static Generated listOf(Generated item) {
		return new Generated("java.util.List<" + item.source() + ">", (random, classes) -> {
			List<@Nullable Object> list = new ArrayList<>();
			for (int i = random.nextInt(3); i > 0; i--) {
				list.add(item.values().next(random, classes));
			}
			return list;
		});
	}

	private Generated enumeration() {
		String name = "Enum" + this.names++;
		this.sources.add(switch (this.random.nextInt(6)) {
			case 0 -> "public enum " + name + " { A, b, LONG_NAME }";
			case 1 -> "public enum " + name + " { A, @JsonProperty(\"bee\") B, @JsonProperty(\"1\") C }";
			case 2 -> "public enum " + name
					+ " { A, B, C; @JsonValue public String text() { return name().toLowerCase() + \"!\"; } }";
			case 3 ->
				"public enum " + name + " { A, B, C; @JsonValue public int code() { return 10 * ordinal() + 7; } }";
			case 4 ->
				"public enum " + name + " { A, B; @Override public String toString() { return \"the \" + name(); } }";
			default -> "@JsonFormat(shape = JsonFormat.Shape.NUMBER) public enum " + name + " { A, B, C }";
		});
		return declare(name, (random, classes) -> pick(random, classes.loadClass(name).getEnumConstants()));
	}

	private Generated sealed(int depth) {
		String name = "Shape" + this.names++;
		List<Generated> members = new ArrayList<>();
		StringBuilder subtypes = new StringBuilder();
		int first = this.names;
		for (int i = 0; i < 2 + this.random.nextInt(2); i++) {
			String member = "Member" + this.names++;
			StringBuilder components = new StringBuilder();
			List<Values> values = new ArrayList<>();
			component(depth - 1, "c" + i, components, values);
			this.sources
				.add("public record " + member + "(" + components.substring(2) + ") implements " + name + " { }");
			members.add(new Generated(member, (random, classes) -> construct(classes, member, values, random)));
			subtypes.append("@JsonSubTypes.Type(value = ")
				.append(member)
				.append(".class, name = \"n")
				.append(i)
				.append("\"), ");
		}
		String include = pick(this.random, "PROPERTY", "PROPERTY", "WRAPPER_OBJECT");
		this.sources.add("@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As." + include
				+ ", property = \"kind\") @JsonSubTypes({ " + subtypes + "}) public interface " + name + " { } // "
				+ first);
		Generated any = new Generated(name, (random, classes) -> {
			Generated member = members.get(random.nextInt(members.size()));
			return member.values().next(random, classes);
		});
		this.declared.add(any);
		return (this.random.nextInt(4) == 0) ? members.get(0) : any;
	}

}
