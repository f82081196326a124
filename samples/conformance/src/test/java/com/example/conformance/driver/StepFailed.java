package com.example.conformance.driver;

/**
 * A step did not go as the case expects it; the message says how it went.
 */
class StepFailed extends RuntimeException {

	StepFailed(String message) {
		super(message);
	}

	static void unless(boolean condition, String message) {
		if (!condition) {
			throw new StepFailed(message);
		}
	}

}
