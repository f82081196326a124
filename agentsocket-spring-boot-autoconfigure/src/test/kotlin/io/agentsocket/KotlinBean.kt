package io.agentsocket

import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map

/**
 * A bean as a Kotlin application writes it.
 */
internal class KotlinBean {

	data class Name(val value: String)

	suspend fun greet(name: Name): String {
		delay(1)
		return "Hello, ${name.value}"
	}

	fun count(until: Int): Flow<Int> = flow { (1..until).forEach { emit(it) } }.map { it * it }

}
