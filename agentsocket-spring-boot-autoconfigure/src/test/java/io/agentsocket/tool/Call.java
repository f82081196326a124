package io.agentsocket.tool;

import java.lang.reflect.Type;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.Question;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Violation;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.mockito.Mockito;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Calls an action the way a connection does: encoded arguments in, publisher out.
 */
final class Call implements AgentExchange {

	static final Duration TIMEOUT = Await.LONG;

	private static final List<Codec> CODECS = List.of(JacksonCodec.cbor(), JacksonCodec.json());

	/** The same for all calls: some tests make a hundred thousand of them. */
	private static final AgentSession SESSION = Mockito.mock(AgentSession.class, Mockito.withSettings().stubOnly());

	private final Action action;

	private Codec codec = CODECS.get(0);

	private Bytes arguments = Bytes.EMPTY;

	private @Nullable Principal principal;

	private @Nullable Instant deadline;

	private Flux<?> inbound = Flux.empty();

	private Call(Action action) {
		this.action = action;
	}

	static Call of(List<Action> actions, String name) {
		return new Call(actions.stream().filter((action) -> action.name().equals(name)).findFirst().orElseThrow());
	}

	static Call of(Object bean, String name) {
		return of(AgentTools.builder().build().actionsOf(bean), name);
	}

	Call codec(Codec codec) {
		this.codec = codec;
		return this;
	}

	Call with(Object... namesAndValues) {
		Map<String, Object> map = new java.util.LinkedHashMap<>();
		for (int i = 0; i < namesAndValues.length; i += 2) {
			map.put((String) namesAndValues[i], namesAndValues[i + 1]);
		}
		return withArguments(map);
	}

	@Override
	public Call withArguments(Object value) {
		this.arguments = this.codec.encode(value);
		return this;
	}

	Call withBytes(byte[] bytes) {
		this.arguments = Bytes.of(bytes);
		return this;
	}

	Call as(Principal principal) {
		this.principal = principal;
		return this;
	}

	Call until(Instant deadline) {
		this.deadline = deadline;
		return this;
	}

	Call sending(Flux<?> items) {
		this.inbound = items;
		return this;
	}

	Mono<Object> mono() {
		return Mono.from(this.action.handler().handle(this)).cast(Object.class);
	}

	Flux<Object> flux() {
		return Flux.from(this.action.handler().handle(this)).cast(Object.class);
	}

	@Nullable Object value() {
		return mono().block(TIMEOUT);
	}

	List<Violation> violations() {
		Throwable failure = catchThrowable(this::value);
		assertThat(failure).isInstanceOf(ActionException.class);
		ActionException exception = (ActionException) failure;
		assertThat(exception.code()).isEqualTo(3);
		for (Violation violation : exception.violations()) {
			assertThat(violation.message()).doesNotContain("io.agentsocket", "java.", "tools.jackson", "Exception");
		}
		return exception.violations();
	}

	/**
	 * Violations as {@code pointer rule}.
	 */
	List<String> broken() {
		return violations().stream().map((violation) -> violation.pointer() + " " + violation.rule()).toList();
	}

	static List<Codec> codecs() {
		return CODECS;
	}

	@Override
	public Action action() {
		return this.action;
	}

	@Override
	public AgentSession session() {
		return SESSION;
	}

	@Override
	public @Nullable Principal principal() {
		return this.principal;
	}

	@Override
	public Optional<Instant> deadline() {
		return Optional.ofNullable(this.deadline);
	}

	@Override
	public @Nullable String idempotencyKey() {
		return null;
	}

	@Override
	public @Nullable String traceparent() {
		return null;
	}

	@Override
	public Bytes arguments() {
		return this.arguments;
	}

	@Override
	public <T> @Nullable T arguments(Type type) {
		return this.codec.decode(this.arguments, type);
	}

	@Override
	public Codec codec() {
		return this.codec;
	}

	@Override
	public <T> Flux<T> inbound(Class<T> type) {
		return this.inbound.cast(type);
	}

	@Override
	public boolean isStopRequested() {
		return false;
	}

	@Override
	public Mono<Void> stopRequested() {
		return Mono.never();
	}

	@Override
	public void progress(double done, @Nullable Double total, @Nullable String text) {
		throw new UnsupportedOperationException();
	}

	@Override
	public InvocationSpec invoke(String action) {
		throw new UnsupportedOperationException();
	}

	@Override
	public <T> Mono<Answer<T>> ask(Question<T> question) {
		return Mono.error(new UnsupportedOperationException());
	}

	@Override
	public ActionCatalog actions() {
		throw new UnsupportedOperationException();
	}

	@Override
	public void sendEvent(String name, @Nullable Object payload) {
		throw new UnsupportedOperationException();
	}

}
