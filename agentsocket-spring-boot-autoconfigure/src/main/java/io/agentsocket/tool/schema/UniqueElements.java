package io.agentsocket.tool.schema;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import tools.jackson.databind.JsonNode;

/**
 * Tells whether the elements of an array can be compared with each other in a time that
 * grows as their number does. Whoever chooses different values of one hash makes it grow
 * as the square of it.
 */
final class UniqueElements {

	/** So many are compared in a millisecond, whatever they are. */
	private static final int FEW = 500;

	private UniqueElements() {
	}

	/** Number of values in a tree. */
	static long count(JsonNode tree) {
		long count = 1;
		for (JsonNode element : tree) {
			count += element.isContainer() ? count(element) : 1;
		}
		return count;
	}

	/** Whether an array has too many different elements of one hash. */
	static boolean areTooMuchWork(JsonNode tree) {
		if (tree.isArray() && tree.size() > FEW && isTooMuchWork(tree)) {
			return true;
		}
		for (JsonNode element : tree) {
			if (element.isContainer() && areTooMuchWork(element)) {
				return true;
			}
		}
		return false;
	}

	private static boolean isTooMuchWork(JsonNode array) {
		Map<Integer, Integer> counts = new HashMap<>();
		for (JsonNode element : array) {
			counts.merge(element.hashCode(), 1, Integer::sum);
		}
		for (Map.Entry<Integer, Integer> hash : counts.entrySet()) {
			if (hash.getValue() > FEW && different(array, hash.getKey()) > FEW) {
				return true;
			}
		}
		return false;
	}

	private static int different(JsonNode array, int hash) {
		Set<String> different = new TreeSet<>();
		for (JsonNode element : array) {
			if (element.hashCode() == hash && different.size() <= FEW) {
				different.add(element.toString());
			}
		}
		return different.size();
	}

}
