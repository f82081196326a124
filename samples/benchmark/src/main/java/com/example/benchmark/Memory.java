package com.example.benchmark;

/**
 * Memory that a process holds after garbage collections, in bytes.
 *
 * @param heap used heap
 * @param resident resident memory
 */
record Memory(long heap, long resident) {

	static Memory of(ChildProcess process) {
		String[] parts = process.ask("memory").split(",");
		return new Memory(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
	}

}
