package io.agentsocket.security;

import io.agentsocket.annotation.AgentTool;
import reactor.core.publisher.Mono;

import org.springframework.security.access.prepost.PreAuthorize;

/**
 * Tools with rules, for beans of another scope, behind scoped proxies of both kinds, and
 * lazy ones.
 */
final class ScopedTools {

	private ScopedTools() {
	}

	@AgentTool("prototype")
	static class Prototype {

		@AgentTool
		@PreAuthorize(SecuredTools.ADMIN)
		String value() {
			return SecuredTools.enter("prototype.value");
		}

		@AgentTool
		@PreAuthorize(SecuredTools.ADMIN)
		Mono<String> mono() {
			return Mono.fromSupplier(() -> SecuredTools.enter("prototype.mono"));
		}

	}

	@AgentTool("scoped")
	static class Scoped {

		@AgentTool
		@PreAuthorize(SecuredTools.ADMIN)
		String value() {
			return SecuredTools.enter("scoped.value");
		}

		@AgentTool
		@PreAuthorize(SecuredTools.ADMIN)
		Mono<String> mono() {
			return Mono.fromSupplier(() -> SecuredTools.enter("scoped.mono"));
		}

	}

	@AgentTool("face")
	interface Face {

		@AgentTool
		@PreAuthorize(SecuredTools.ADMIN)
		String value();

		@AgentTool
		@PreAuthorize(SecuredTools.ADMIN)
		Mono<String> mono();

	}

	static class Faced implements Face {

		@Override
		public String value() {
			return SecuredTools.enter("face.value");
		}

		@Override
		public Mono<String> mono() {
			return Mono.fromSupplier(() -> SecuredTools.enter("face.mono"));
		}

	}

	@AgentTool("lazy")
	static class LazyTools {

		@AgentTool
		@PreAuthorize(SecuredTools.ADMIN)
		String value() {
			return SecuredTools.enter("lazy.value");
		}

		@AgentTool
		@PreAuthorize(SecuredTools.ADMIN)
		Mono<String> mono() {
			return Mono.fromSupplier(() -> SecuredTools.enter("lazy.mono"));
		}

	}

}
