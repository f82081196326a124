package io.agentsocket.tool

import io.agentsocket.action.AgentExchange
import io.agentsocket.annotation.AgentParam
import io.agentsocket.annotation.AgentTool
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.reactive.awaitSingle
import reactor.core.publisher.Mono

open class Reading(val value: Int)

open class KotlinTools {

	data class Trip(val city: String, val days: List<Int>, val notes: List<String?>, val guide: String?)

	class Internal {

		@AgentTool
		internal fun hidden(word: String): String = word

	}

	@Volatile
	var cancelled = false

	@AgentTool
	open suspend fun suspending(name: String, times: Int): String {
		delay(1)
		return name.repeat(times)
	}

	@AgentTool
	open suspend fun fails(): String = throw IllegalStateException("broken")

	@AgentTool
	open suspend fun unit(name: String) {
		Mono.just(name).awaitSingle()
	}

	@AgentTool
	open fun flow(count: Int): Flow<Int> = flow { repeat(count) { emit(it) } }

	@AgentTool
	open suspend fun suspendingFlow(): Flow<String> = flowOf("a", "b")

	@AgentTool
	open fun bytes(): Flow<ByteArray> = flowOf(byteArrayOf(1), byteArrayOf(2))

	@AgentTool
	open suspend fun forever(): String {
		try {
			return CompletableDeferred<String>().await()
		}
		finally {
			cancelled = true
		}
	}

	@AgentTool
	open fun defaults(name: String, note: String?, greeting: String = "Hello", times: Int = 2, end: String? = "!"): String =
		(greeting + " " + name + end).repeat(times) + note

	@AgentTool
	open suspend fun suspendingDefaults(name: String = "you", times: Int = 1, exchange: AgentExchange): String =
		name.repeat(times) + exchange.action().name()

	@AgentTool
	open fun doubled(numbers: Flow<Int>, @AgentParam("by") factor: Int): Flow<Int> = numbers.map { it * factor }

	@AgentTool
	open fun readings(readings: List<Reading>): Int = readings.size

	@AgentTool
	open fun numbers(all: List<Int>, some: List<Int?>): List<Int?> = some + all

	@AgentTool
	open fun trip(@AgentParam trip: Trip): Trip = trip

	@AgentTool
	open fun nothing() {
	}

}
