package io.agentsocket.relay;

import java.time.Duration;

import io.agentsocket.relay.answer.RelayCodecs;
import io.agentsocket.relay.answer.RelayMemory;
import io.agentsocket.relay.push.Callbacks;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * The parts that all functions of a pod share.
 *
 * @param codecs the codecs of requests and answers
 * @param states the state of sessions
 * @param lanes the writers of sessions
 * @param questions the way to ask agents
 * @param open the questions that wait for answers
 * @param listener hears of requests and failures
 * @param observer stands beside each request
 * @param claims knows principals
 * @param callbacks the way back from functions, or {@code null} when there is none
 * @param announced the names of announced actions
 * @param memory the memory of the pod for what comes from functions
 * @param timer runs timers
 */
record RelayEnvironment(RelayCodecs codecs, SessionStates states, WriterLanes lanes, Questions questions,
		OpenQuestions open, RelayListener listener, RequestObserver observer, PrincipalClaims claims,
		@Nullable Callbacks callbacks, AnnouncedNames announced, RelayMemory memory, Scheduler timer) {

	static RelayEnvironment of(RelayCodecs codecs, Duration askTimeout, RelayListener listener,
			RequestObserver observer, PrincipalClaims claims, @Nullable Callbacks callbacks, RelayMemory memory,
			Scheduler timer) {
		return new RelayEnvironment(codecs, new SessionStates(codecs.json()), new WriterLanes(),
				new Questions(askTimeout), new OpenQuestions(codecs.json()), listener, observer, claims, callbacks,
				new AnnouncedNames(codecs.json(), (callbacks != null) ? callbacks.pods() : null), memory, timer);
	}

}
