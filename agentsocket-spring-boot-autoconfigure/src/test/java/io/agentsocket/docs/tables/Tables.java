package io.agentsocket.docs.tables;

import reactor.core.publisher.Flux;

/**
 * The tables of a restaurant, in a database that no slice has.
 */
interface Tables {

	int book(int guests, TableTools.Evening evening);

	boolean cancel(int number);

	Flux<Integer> free();

}
