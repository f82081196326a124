package io.agentsocket.security;

import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.AgentTool.Blocking;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.security.access.annotation.Secured;
import org.springframework.security.access.prepost.PostAuthorize;
import org.springframework.security.access.prepost.PostFilter;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.annotation.CurrentSecurityContext;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.userdetails.UserDetails;

/**
 * Tools of every kind with rules of every kind, and tools that ask in every way who
 * calls. The methods count how often they are entered.
 */
final class SecuredTools {

	static final String ADMIN = "hasRole('ADMIN')";

	static final String OWN = "#owner == authentication.name";

	static final Map<String, AtomicInteger> ENTERED = new ConcurrentHashMap<>();

	private SecuredTools() {
	}

	static int entered(String tool) {
		return ENTERED.computeIfAbsent(tool, (name) -> new AtomicInteger()).get();
	}

	static String enter(String tool) {
		ENTERED.computeIfAbsent(tool, (name) -> new AtomicInteger()).incrementAndGet();
		return "done";
	}

	static String holder() {
		Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
		return (authentication != null) ? authentication.getName() : "nobody";
	}

	/**
	 * Tools that return values.
	 */
	static class Plain {

		@AgentTool
		@PreAuthorize(ADMIN)
		String value() {
			return enter("value");
		}

		@AgentTool(blocking = Blocking.NO)
		@PreAuthorize(ADMIN)
		String inline() {
			return enter("inline");
		}

		@AgentTool
		@PreAuthorize(ADMIN)
		Stream<String> stream() {
			return Stream.of(enter("stream"));
		}

		@AgentTool
		@PreAuthorize(ADMIN)
		CompletableFuture<String> future() {
			return CompletableFuture.completedFuture(enter("future"));
		}

		@AgentTool("value.own")
		@PreAuthorize(OWN)
		String own(String owner) {
			return enter("value.own");
		}

		@AgentTool("value.after")
		@PostAuthorize("returnObject == authentication.name")
		String after(String name) {
			enter("value.after");
			return name;
		}

		@AgentTool("value.filtered")
		@PostFilter("filterObject == authentication.name")
		List<String> filtered() {
			return new java.util.ArrayList<>(List.of("alice", "bob"));
		}

		@AgentTool("value.everybody")
		@PreAuthorize("permitAll()")
		String everybody() {
			return enter("value.everybody");
		}

		@AgentTool("value.broken")
		@PreAuthorize(ADMIN)
		String broken() {
			throw new IllegalStateException("secret details");
		}

	}

	/**
	 * Tools that return publishers.
	 */
	static class Reactive {

		@AgentTool
		@PreAuthorize(ADMIN)
		Mono<String> mono() {
			return Mono.fromSupplier(() -> enter("mono"));
		}

		@AgentTool
		@PreAuthorize(ADMIN)
		Flux<String> flux() {
			return Flux.defer(() -> Flux.just(enter("flux")));
		}

		@AgentTool(value = "mono.blocking", blocking = Blocking.YES)
		@PreAuthorize(ADMIN)
		Mono<String> monoBlocking() {
			return Mono.fromSupplier(() -> enter("mono.blocking"));
		}

		@AgentTool("mono.own")
		@PreAuthorize(OWN)
		Mono<String> own(String owner) {
			return Mono.fromSupplier(() -> enter("mono.own"));
		}

		@AgentTool("mono.late")
		Mono<String> late() {
			return Mono.fromSupplier(() -> enter("mono.late"))
				.then(Mono.error(new org.springframework.security.access.AccessDeniedException("late")));
		}

	}

	/**
	 * Rules of the reactive interceptors only.
	 */
	static class ReactiveAfter {

		@AgentTool("mono.after")
		@PostAuthorize("returnObject == authentication.name")
		Mono<String> after(String name) {
			return Mono.fromSupplier(() -> {
				enter("mono.after");
				return name;
			});
		}

		@AgentTool("flux.filtered")
		@PostFilter("filterObject == authentication.name")
		Flux<String> filtered() {
			return Flux.just("alice", "bob");
		}

	}

	/**
	 * Rules on an interface.
	 */
	interface Declared {

		@AgentTool("declared.value")
		@PreAuthorize(ADMIN)
		String value();

		@AgentTool("declared.mono")
		@PreAuthorize(ADMIN)
		Mono<String> mono();

		@AgentTool("declared.principal")
		String principal(@AuthenticationPrincipal UserDetails user);

	}

	static class Implemented implements Declared {

		@Override
		public String value() {
			return enter("declared.value");
		}

		@Override
		public Mono<String> mono() {
			return Mono.fromSupplier(() -> enter("declared.mono"));
		}

		@Override
		public String principal(UserDetails user) {
			return user.getUsername();
		}

	}

	/**
	 * A rule on the class.
	 */
	@AgentTool("class")
	@PreAuthorize(ADMIN)
	static class OnClass {

		@AgentTool
		String value() {
			return enter("class.value");
		}

		@AgentTool
		Mono<String> mono() {
			return Mono.fromSupplier(() -> enter("class.mono"));
		}

		@AgentTool
		@PreAuthorize("hasRole('USER')")
		String other() {
			return enter("class.other");
		}

	}

	/**
	 * A rule that is enabled by itself.
	 */
	static class WithSecured {

		@AgentTool("secured.value")
		@Secured("ROLE_ADMIN")
		String value() {
			return enter("secured.value");
		}

		@AgentTool("secured.mono")
		@Secured("ROLE_ADMIN")
		Mono<String> mono() {
			return Mono.fromSupplier(() -> enter("secured.mono"));
		}

	}

	/**
	 * Tools that ask who calls.
	 */
	static class Askers {

		@AgentTool
		String principal(Principal principal) {
			return principal.getName();
		}

		@AgentTool
		Mono<String> authentication(Authentication authentication) {
			return Mono.just(authentication.getName());
		}

		@AgentTool
		String user(@AuthenticationPrincipal UserDetails user) {
			return user.getUsername();
		}

		@AgentTool
		String expression(@AuthenticationPrincipal(expression = "username.toUpperCase()") String name) {
			return name;
		}

		@AgentTool
		Mono<String> bean(@AuthenticationPrincipal(expression = "@greeting.apply(username)") String greeting) {
			return Mono.just(greeting);
		}

		@AgentTool
		Mono<String> later(@AuthenticationPrincipal Mono<UserDetails> user) {
			return user.map(UserDetails::getUsername);
		}

		@AgentTool
		String wrong(@AuthenticationPrincipal @Nullable Integer number) {
			return String.valueOf(number);
		}

		@AgentTool
		String strict(@AuthenticationPrincipal(errorOnInvalidType = true) Integer number) {
			return String.valueOf(number);
		}

		@AgentTool
		String context(SecurityContext context) {
			return context.getAuthentication().getName();
		}

		@AgentTool
		Mono<String> current(@CurrentSecurityContext(expression = "authentication.name") String name) {
			return Mono.just(name);
		}

		@AgentTool
		Mono<String> reactive() {
			return ReactiveSecurityContextHolder.getContext().map((context) -> context.getAuthentication().getName());
		}

		@AgentTool
		String thread() {
			return holder();
		}

		@AgentTool(blocking = Blocking.NO)
		String loop() {
			return holder();
		}

		@AgentTool
		Mono<String> assembled() {
			return Mono.just(holder());
		}

		@AgentTool
		Mono<String> subscribed() {
			return Mono.fromSupplier(SecuredTools::holder);
		}

		@AgentTool("subscribed.many")
		Flux<String> subscribedMany() {
			return Flux.defer(() -> Flux.just(holder()));
		}

		@AgentTool(value = "subscribed.blocking", blocking = Blocking.YES)
		Mono<String> subscribedBlocking() {
			return Mono.fromSupplier(SecuredTools::holder);
		}

		@AgentTool(value = "subscribed.many.blocking", blocking = Blocking.YES)
		Flux<String> subscribedManyBlocking() {
			return Flux.defer(() -> Flux.just(holder()));
		}

		@AgentTool
		Stream<String> pulled() {
			return Stream.generate(SecuredTools::holder).limit(40);
		}

		@AgentTool
		String failing() {
			throw new IllegalStateException("after " + holder());
		}

	}

}
