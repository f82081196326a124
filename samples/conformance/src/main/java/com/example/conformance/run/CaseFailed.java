package com.example.conformance.run;

/**
 * A case has failed, as the server sees it; the message says why.
 */
class CaseFailed extends RuntimeException {

	CaseFailed(String message) {
		super(message);
	}

}
