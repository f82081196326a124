package io.agentsocket.tool;

import jakarta.validation.Validator;
import jakarta.validation.ValidatorFactory;
import jakarta.validation.valueextraction.ExtractedValue;
import jakarta.validation.valueextraction.ValueExtractor;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Lets a validator see the items of streams, as in {@code Flux<@Min(1) Integer>}: each
 * item is put before it as a stream of its own when it has come. It sees nothing of a
 * stream that runs.
 */
final class StreamItems implements ValueExtractor<Publisher<@ExtractedValue ?>> {

	/**
	 * A validator that knows streams, and does no more than a bounded amount of work.
	 * Without this it refuses each class that has a method with a constraint in a stream.
	 * @param validator a validator; one that is a factory, too, as Spring's is, can be
	 * taught
	 * @return the same otherwise
	 */
	static Validator known(Validator validator) {
		return (validator instanceof ValidatorFactory factory) ? factory.usingContext()
			.messageInterpolator(new BoundedMistakes(factory.getMessageInterpolator()))
			.constraintValidatorFactory(BoundedConstraints.of(factory.getConstraintValidatorFactory()))
			.addValueExtractor(new StreamItems())
			.getValidator() : validator;
	}

	/** A single item, in the place of the stream that it has come with. */
	static Publisher<Object> of(Object item) {
		return new Item(item);
	}

	@Override
	public void extractValues(Publisher<?> stream, ValueReceiver receiver) {
		if (stream instanceof Item item) {
			receiver.value(null, item.value);
		}
	}

	private static final class Item extends Flux<Object> {

		private final Object value;

		Item(Object value) {
			this.value = value;
		}

		@Override
		public void subscribe(CoreSubscriber<? super Object> subscriber) {
			subscriber.onSubscribe(Operators.scalarSubscription(subscriber, this.value));
		}

	}

}
