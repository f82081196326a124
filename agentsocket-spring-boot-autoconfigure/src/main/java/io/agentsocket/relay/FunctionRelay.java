package io.agentsocket.relay;

import io.agentsocket.relay.answer.RelayCodecs;
import io.agentsocket.relay.answer.RelayMemory;
import io.agentsocket.relay.push.Callbacks;
import io.agentsocket.relay.transport.FunctionTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * A function as the relay sees it: the way to it, and the parts that its invocations
 * share. Thread-safe.
 */
final class FunctionRelay {

	private final FunctionSettings settings;

	private final RelayEnvironment environment;

	private final FunctionTransport transport;

	private final CallGuard guard;

	private final WebhookSignature signature;

	private final RetryRules retries;

	private final InstanceSlots slots;

	private final FunctionCounts counts = new FunctionCounts();

	FunctionRelay(FunctionSettings settings, RelayEnvironment environment, FunctionTransport transport,
			CallGuard guard) {
		this.settings = settings;
		this.environment = environment;
		this.transport = transport;
		this.guard = guard;
		this.signature = new WebhookSignature(settings.secrets());
		this.retries = new RetryRules(settings.maxRequests());
		this.slots = new InstanceSlots(settings, environment.timer(), environment.listener());
	}

	FunctionSettings settings() {
		return this.settings;
	}

	FunctionTransport transport() {
		return this.transport;
	}

	CallGuard guard() {
		return this.guard;
	}

	WebhookSignature signature() {
		return this.signature;
	}

	RetryRules retries() {
		return this.retries;
	}

	/** The warm instances of the function. */
	InstanceSlots slots() {
		return this.slots;
	}

	RelayCodecs codecs() {
		return this.environment.codecs();
	}

	SessionStates states() {
		return this.environment.states();
	}

	WriterLanes lanes() {
		return this.environment.lanes();
	}

	Questions questions() {
		return this.environment.questions();
	}

	/** The questions that wait for answers. */
	OpenQuestions openQuestions() {
		return this.environment.open();
	}

	/** The memory of the pod for answers. */
	RelayMemory memory() {
		return this.environment.memory();
	}

	RelayListener listener() {
		return this.environment.listener();
	}

	RequestObserver observer() {
		return this.environment.observer();
	}

	/** The requests so far. */
	FunctionCounts counts() {
		return this.counts;
	}

	PrincipalClaims claims() {
		return this.environment.claims();
	}

	/** The way back from functions; null when there is none. */
	@Nullable Callbacks callbacks() {
		return this.environment.callbacks();
	}

	/** The names of the actions that functions have announced. */
	AnnouncedNames announced() {
		return this.environment.announced();
	}

	Scheduler timer() {
		return this.environment.timer();
	}

}
