/**
 * Carries requests to functions and their answers back: HTTP over Reactor Netty, with
 * limits of time and rules for addresses. Begin with
 * {@link io.agentsocket.relay.transport.FunctionTransport}. Knows neither actions nor
 * sessions, and reads an answer by the decoder that it is given.
 */
@NullMarked
package io.agentsocket.relay.transport;

import org.jspecify.annotations.NullMarked;
