package io.agentsocket.event

import io.agentsocket.annotation.AgentEvent
import io.agentsocket.session.AgentSession
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.delay

data class Moved(val x: Int, val y: Int = 7)

open class KotlinListeners {

	val seen: MutableList<Any?> = java.util.concurrent.CopyOnWriteArrayList()

	@Volatile
	var started = false

	@Volatile
	var cancelled = false

	@AgentEvent
	open suspend fun suspending(moved: Moved, session: AgentSession) {
		delay(1)
		seen.add(session.id() + moved)
	}

	@AgentEvent
	open fun nullable(moved: Moved?) {
		seen.add(moved ?: "nothing")
	}

	@AgentEvent
	open suspend fun forever() {
		started = true
		try {
			CompletableDeferred<Unit>().await()
		}
		finally {
			cancelled = true
		}
	}

}

open class WrongKotlinListeners {

	@AgentEvent
	open suspend fun answers(): String = "never heard"

}
