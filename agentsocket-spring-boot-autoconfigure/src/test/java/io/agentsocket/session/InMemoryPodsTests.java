package io.agentsocket.session;

import java.time.Duration;

/**
 * Tests of {@link InMemoryPods}.
 */
class InMemoryPodsTests extends PodLinkContract {

	private final InMemoryPods pods = new InMemoryPods();

	@Override
	protected PodLink link(String pod, Duration timeout) {
		return this.pods.link(pod);
	}

}
