package io.agentsocket.docs

import io.agentsocket.annotation.AgentTool
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import org.springframework.stereotype.Component

// tag::tools[]
@Component
@AgentTool("kotlin")
class KotlinWeather {

	@AgentTool(description = "A greeting, after a pause that blocks no thread")
	suspend fun greet(name: String, greeting: String = "Hello", title: String?): String {
		delay(1)
		return listOfNotNull(greeting, title, name).joinToString(" ")
	}

	@AgentTool(description = "Numbers, one after the other")
	fun count(to: Int): Flow<Int> = flow { for (i in 1..to) emit(i) }

}
// end::tools[]
