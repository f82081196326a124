package io.agentsocket.session;

/**
 * Tests of {@link InMemoryPods}.
 */
class InMemoryPodsTests extends PodLinkContract {

	private final InMemoryPods pods = new InMemoryPods();

	@Override
	protected PodLink link(String pod) {
		return this.pods.link(pod);
	}

}
