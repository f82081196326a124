/**
 * AWS Lambda: {@link io.agentsocket.lambda.LambdaLoop} is a custom runtime that streams
 * answers, and {@link io.agentsocket.lambda.LambdaHandler} a handler for the managed
 * runtime, which buffers them. Both read events of function URLs and answer them with the
 * endpoint of functions. Must not depend on the servers that hold sockets.
 */
@NullMarked
package io.agentsocket.lambda;

import org.jspecify.annotations.NullMarked;
