package io.agentsocket

import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map

/**
 * A bean as a Kotlin application writes it, over a type of the Java tests.
 */
internal class KotlinBean {

	suspend fun greet(name: KotlinInteroperationTests.Name): String {
		delay(1)
		return "Hello, ${name.value()}"
	}

	fun count(until: Int): Flow<Int> = flow { (1..until).forEach { emit(it) } }.map { it * it }

}
