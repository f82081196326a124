package io.agentsocket.test.autoconfigure.slice;

import org.springframework.stereotype.Component;

/**
 * Not part of a slice: it would fail.
 */
@Component
public class Database {

	Database() {
		throw new IllegalStateException("There is no database in a slice");
	}

}
