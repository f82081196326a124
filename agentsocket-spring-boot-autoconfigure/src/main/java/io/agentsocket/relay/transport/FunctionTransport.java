package io.agentsocket.relay.transport;

import java.util.function.Function;

import io.agentsocket.relay.answer.AnswerDecoder;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import reactor.core.publisher.Flux;

/**
 * Carries requests to functions. Thread-safe and not blocking.
 */
public interface FunctionTransport {

	/**
	 * Send a request and read its answer as the subscriber asks for it: of a subscriber
	 * that asks for nothing nothing is read. Cancelling aborts the request.
	 * @param request the request
	 * @param decoders chooses how the answer is read
	 * @param timing is told when the stages are reached
	 * @return the parts of the answer, the last one {@linkplain AnswerPart#isLast()
	 * last}; fails with {@link FunctionFailure} only
	 */
	Flux<AnswerPart> exchange(FunctionRequest request, Function<AnswerHead, AnswerDecoder> decoders,
			RequestTiming timing);

}
