/**
 * Spring AI, both ways: actions of a server as tools of a chat model, and tools of Spring
 * AI as actions. The only package that knows Spring AI, 2.0 and later. Begin with
 * {@link io.agentsocket.springai.AgentSocketTools}.
 */
@NullMarked
package io.agentsocket.springai;

import org.jspecify.annotations.NullMarked;
