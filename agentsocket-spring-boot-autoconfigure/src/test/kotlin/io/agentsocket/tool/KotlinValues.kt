package io.agentsocket.tool

import com.fasterxml.jackson.annotation.JsonInclude
import io.agentsocket.annotation.AgentParam
import io.agentsocket.annotation.AgentTool

/** Tools whose types only Kotlin has, or has otherwise than Java. */
class KotlinValues {

	@JsonInclude(JsonInclude.Include.NON_EMPTY)
	data class Sparse(val text: String, val list: List<Int>, val note: String?, val count: Int)

	@JsonInclude(JsonInclude.Include.NON_DEFAULT)
	data class Zeros(val text: String, val list: List<Int>, val count: Int, val flag: Boolean)

	@JvmInline
	value class Mail(val address: String) {
		init {
			require('@' in address) { "no address" }
		}
	}

	@JvmInline
	value class Even(val number: Int) {
		init {
			require(number % 2 == 0) { "odd" }
		}
	}

	@AgentTool fun sparse(@AgentParam("v") v: Sparse): Sparse = v
	@AgentTool fun zeros(@AgentParam("v") v: Zeros): Zeros = v
	@AgentTool fun mail(@AgentParam("v") v: Mail): String = v.address
	@AgentTool fun maybeMail(@AgentParam("v") v: Mail?): String = "" + v?.address
	@AgentTool fun presetMail(@AgentParam("v") v: Mail = Mail("a@b")): String = v.address
	@AgentTool fun even(@AgentParam("v") v: Even): Int = v.number
	@AgentTool suspend fun laterMail(@AgentParam("v") v: Mail): String = v.address
	@AgentTool suspend fun laterMaybeMail(@AgentParam("v") v: Mail?): String = "" + v?.address
	@AgentTool suspend fun laterMaybeEven(@AgentParam("v") v: Even?): String = "" + v?.number
	@AgentTool fun wide(@AgentParam("v") v: List<ULong>): String = v.toString()
	@AgentTool fun unsigned(@AgentParam("v") v: UInt?): String = "" + v
	@AgentTool fun small(@AgentParam("v") v: List<UByte>, @AgentParam("w") w: List<UShort>): String = "$v$w"

	companion object {

		@JvmStatic
		fun sparseValues(): Map<String, List<Any>> = mapOf(
			"sparse" to listOf(Sparse("", listOf(), null, 0), Sparse("a", listOf(1), "n", 2)),
			"zeros" to listOf(Zeros("", listOf(), 0, false), Zeros("a", listOf(1), 2, true)),
		)

	}

}
