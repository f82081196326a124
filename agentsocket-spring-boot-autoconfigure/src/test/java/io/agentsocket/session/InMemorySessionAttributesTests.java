package io.agentsocket.session;

/**
 * Tests of {@link SpringSessionAttributes} in memory.
 */
class InMemorySessionAttributesTests extends SessionAttributesContract {

	private final SessionAttributes attributes = SpringSessionAttributes.inMemory();

	@Override
	protected SessionAttributes attributes() {
		return this.attributes;
	}

	@Override
	protected SessionAttributes elsewhere() {
		return this.attributes;
	}

}
