package io.agentsocket.test.autoconfigure.slice;

import org.springframework.stereotype.Service;

/**
 * Not part of a slice.
 */
@Service
public class Prices {

	public int of(String item) {
		return item.length();
	}

}
