package io.agentsocket.tool

import com.fasterxml.jackson.annotation.JsonProperty
import com.fasterxml.jackson.annotation.JsonSubTypes
import com.fasterxml.jackson.annotation.JsonTypeInfo
import io.agentsocket.annotation.AgentParam
import io.agentsocket.annotation.AgentTool
import java.time.LocalDate
import java.util.Random
import java.util.function.Function

/**
 * Classes as they are written in Kotlin, values of them, and tools that give them back.
 */
class KotlinZoo {

	enum class Colour { RED, @JsonProperty("green-ish") GREEN, BLUE }

	data class Plain(val text: String, val number: Int, val wide: Long, val share: Double, val flag: Boolean, val colour: Colour)

	data class Nullables(val text: String?, val number: Int?, val flag: Boolean?, val colour: Colour?, val list: List<String>?, val inner: Plain?)

	data class Defaults(val needed: Int, val text: String = "x", val number: Int = 7, val list: List<Int> = listOf(1), val maybe: String? = "y")

	data class Elements(val all: List<Int>, val some: List<Int?>, val map: Map<String, Plain?>, val sure: Map<Colour, List<String>>, val deep: List<List<String?>>?)

	data class Keys(val numbers: Map<Int, String>, val days: Map<LocalDate, Long?>, val set: Set<Colour>)

	@JvmInline
	value class Id(val value: Long)

	@JvmInline
	value class Name(val text: String)

	data class Valued(val id: Id, val name: Name)

	data class ManyValued(val ids: List<Id>, val byName: Map<String, Name>, val maybe: Name?, val preset: Id = Id(3))

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes(JsonSubTypes.Type(Circle::class, name = "circle"), JsonSubTypes.Type(Square::class, name = "square"))
	sealed interface Shape

	data class Circle(val radius: Double) : Shape

	data class Square(val side: Int, val label: String?) : Shape

	data class Shapes(val main: Shape, val others: List<Shape>, val named: Map<String, Shape?>, val maybe: Shape?)

	data class Box<T>(val content: T, val more: List<T>)

	data class Boxes(val text: Box<String>, val nested: Box<Box<List<Int>>>, val shapes: Box<Shape>)

	class Mutable {
		var text: String = "t"
		var number: Int? = null
		override fun equals(other: Any?) = other is Mutable && other.text == text && other.number == number
		override fun hashCode() = text.hashCode()
		override fun toString() = "Mutable($text, $number)"
	}

	/** The tools, by the names of their values. */
	class Tools {

		@AgentTool fun colour(@AgentParam("v") v: Colour): Colour = v
		@AgentTool fun plain(@AgentParam("v") v: Plain): Plain = v
		@AgentTool fun nullables(@AgentParam("v") v: Nullables): Nullables = v
		@AgentTool fun defaults(@AgentParam("v") v: Defaults): Defaults = v
		@AgentTool fun elements(@AgentParam("v") v: Elements): Elements = v
		@AgentTool fun keys(@AgentParam("v") v: Keys): Keys = v
		@AgentTool fun valued(@AgentParam("v") v: Valued): Valued = v
		@AgentTool fun manyValued(@AgentParam("v") v: ManyValued): ManyValued = v
		@AgentTool fun maybeId(@AgentParam("v") v: Id?): Id? = v
		@AgentTool fun idList(@AgentParam("v") v: List<Id>): List<Id> = v
		@AgentTool fun presetId(@AgentParam("v") v: Id = Id(7)): Id = v
		@AgentTool fun shape(@AgentParam("v") v: Shape): Shape = v
		@AgentTool fun shapes(@AgentParam("v") v: Shapes): Shapes = v
		@AgentTool fun boxes(@AgentParam("v") v: Boxes): Boxes = v
		@AgentTool fun mutable(@AgentParam("v") v: Mutable): Mutable = v
		@AgentTool fun list(@AgentParam("v") v: List<Plain?>): List<Plain?> = v
		@AgentTool fun sureList(@AgentParam("v") v: List<List<Int>>): List<List<Int>> = v
		@AgentTool fun map(@AgentParam("v") v: Map<Colour, Nullables>): Map<Colour, Nullables> = v

	}

	companion object {

		private val texts = listOf("", "x", "null", "a\u0000", "\uD83C\uDF0D", "5")

		private fun text(random: Random) = texts[random.nextInt(texts.size)]

		private fun colour(random: Random) = Colour.entries[random.nextInt(3)]

		private fun <T> orNull(random: Random, value: T): T? = if (random.nextInt(3) == 0) null else value

		private fun <T> some(random: Random, value: () -> T): List<T> = List(random.nextInt(3)) { value() }

		private fun plain(random: Random) = Plain(text(random), random.nextInt(), random.nextLong(), random.nextInt() / 8.0,
				random.nextBoolean(), colour(random))

		private fun nullables(random: Random) = Nullables(orNull(random, text(random)), orNull(random, Int.MIN_VALUE),
				orNull(random, true), orNull(random, colour(random)), orNull(random, some(random) { text(random) }),
				orNull(random, plain(random)))

		private fun shape(random: Random): Shape = if (random.nextBoolean()) Circle(random.nextInt() / 4.0)
			else Square(random.nextInt(), orNull(random, text(random)))

		private fun <T> map(random: Random, value: () -> T): Map<String, T> = some(random) { text(random) }.associateWith { value() }

		/** Makers of values, by the names of tools. */
		@JvmStatic
		fun values(): Map<String, Function<Random, Any>> = mapOf(
			"colour" to Function { colour(it) },
			"plain" to Function { plain(it) },
			"nullables" to Function { nullables(it) },
			"defaults" to Function { Defaults(it.nextInt(), text(it), it.nextInt(), some(it) { 3 }, orNull(it, "z")) },
			"elements" to Function { random -> Elements(some(random) { random.nextInt() }, some(random) { orNull(random, 1) },
				map(random) { orNull(random, plain(random)) }, some(random) { colour(random) }.associateWith { some(random) { "s" } },
				orNull(random, some(random) { some(random) { orNull(random, "d") } })) },
			"keys" to Function { random -> Keys(some(random) { random.nextInt() }.associateWith { "n" },
				some(random) { LocalDate.ofEpochDay(random.nextInt(9000).toLong()) }.associateWith { orNull(random, 1L) },
				some(random) { colour(random) }.toSet()) },
			"valued" to Function { Valued(Id(it.nextLong()), Name(text(it))) },
			"manyValued" to Function { random -> ManyValued(some(random) { Id(random.nextInt().toLong()) },
				map(random) { Name(text(random)) }, orNull(random, Name(text(random))), Id(random.nextLong())) },
			"maybeId" to Function { Id(it.nextInt().toLong()) },
			"idList" to Function { random -> some(random) { Id(random.nextInt().toLong()) } },
			"presetId" to Function { it.nextInt().toLong() }, // as which Java sees an Id
			"shape" to Function { shape(it) },
			"shapes" to Function { random -> Shapes(shape(random), some(random) { shape(random) },
				map(random) { orNull(random, shape(random)) }, orNull(random, shape(random))) },
			"boxes" to Function { random -> Boxes(Box(text(random), some(random) { text(random) }),
				Box(Box(listOf(1), listOf()), some(random) { Box(listOf<Int>(), listOf(listOf(2))) }),
				Box(shape(random), some(random) { shape(random) })) },
			"mutable" to Function { random -> Mutable().apply { text = text(random); number = orNull(random, 4) } },
			"list" to Function { random -> some(random) { orNull(random, plain(random)) } },
			"sureList" to Function { random -> some(random) { some(random) { random.nextInt() } } },
			"map" to Function { random -> some(random) { colour(random) }.associateWith { nullables(random) } },
		)

	}

}
