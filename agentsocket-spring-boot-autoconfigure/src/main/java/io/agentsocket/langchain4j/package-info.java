/**
 * LangChain4j: actions of a server as tools of an AI service. The only package that knows
 * LangChain4j. Begin with {@link io.agentsocket.langchain4j.AgentSocketToolProvider}.
 */
@NullMarked
package io.agentsocket.langchain4j;

import org.jspecify.annotations.NullMarked;
