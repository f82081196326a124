package io.agentsocket.springai;

import io.agentsocket.bridge.ScopeContext;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder;
import org.springframework.util.ClassUtils;

/**
 * Captures the surroundings of a tool that a chat calls on the present thread, so that
 * the tool can go on without the thread: thread locals, such as the observation in scope,
 * and the observation that a streamed chat has in its Reactor context.
 */
final class ChatContext {

	/** It is internal to Spring AI, which may move it. */
	private static final boolean STREAMED = ClassUtils.isPresent(
			"org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder",
			ChatContext.class.getClassLoader());

	private ChatContext() {
	}

	/**
	 * Capture it. An observation in scope is closer to the tool than that of the chat.
	 * @return a context for the publishers that the tool subscribes to
	 */
	static ContextView present() {
		Context scope = ScopeContext.present();
		if (!STREAMED || scope.hasKey(ObservationThreadLocalAccessor.KEY)) {
			return scope;
		}
		// Nothing else of it: strategies for errors of the chat are not those of a tool.
		Object observation = ToolCallReactiveContextHolder.getContext()
			.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		return (observation != null) ? scope.put(ObservationThreadLocalAccessor.KEY, observation) : scope;
	}

}
