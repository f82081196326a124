package io.agentsocket.security

import io.agentsocket.annotation.AgentTool
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.reactor.awaitSingle
import org.springframework.security.access.prepost.PostAuthorize
import org.springframework.security.access.prepost.PreAuthorize
import org.springframework.security.core.annotation.AuthenticationPrincipal
import org.springframework.security.core.context.ReactiveSecurityContextHolder
import org.springframework.security.core.userdetails.UserDetails
import java.util.concurrent.atomic.AtomicInteger

open class KotlinSecured {

	val entered = AtomicInteger()

	@AgentTool("kotlin.suspend")
	@PreAuthorize("hasRole('ADMIN')")
	open suspend fun suspending(): String {
		entered.incrementAndGet()
		return "done"
	}

	@AgentTool("kotlin.own")
	@PreAuthorize("#owner == authentication.name")
	open suspend fun own(owner: String): String {
		entered.incrementAndGet()
		return "done"
	}

	@AgentTool("kotlin.flow")
	@PreAuthorize("hasRole('ADMIN')")
	open fun flowing(): Flow<String> = flow {
		entered.incrementAndGet()
		emit("done")
	}

	@AgentTool("kotlin.plain")
	@PreAuthorize("hasRole('ADMIN')")
	open fun plain(): String {
		entered.incrementAndGet()
		return "done"
	}

	@AgentTool("kotlin.after")
	@PostAuthorize("returnObject == authentication.name")
	open suspend fun after(name: String): String {
		delay(1)
		return name
	}

	@AgentTool("kotlin.context")
	open suspend fun context(): String {
		delay(1)
		return ReactiveSecurityContextHolder.getContext().awaitSingle().authentication!!.name
	}

	@AgentTool("kotlin.principal")
	open suspend fun principal(@AuthenticationPrincipal user: UserDetails): String = user.username

}
