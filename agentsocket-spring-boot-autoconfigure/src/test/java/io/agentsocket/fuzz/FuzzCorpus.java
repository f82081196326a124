package io.agentsocket.fuzz;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that is known for a fuzzer before it runs: what its method {@code seeds} makes, and
 * what was found earlier. {@code src/fuzz/run} writes it into the folder of a run.
 */
public final class FuzzCorpus {

	private FuzzCorpus() {
	}

	/**
	 * Write the inputs of a fuzzer as files.
	 * @param args name of the class, folder
	 * @throws Exception if something cannot be read or written
	 */
	public static void main(String[] args) throws Exception {
		Path folder = Files.createDirectories(Path.of(args[1]));
		for (Map.Entry<String, byte[]> input : of(Class.forName(args[0])).entrySet()) {
			Files.write(folder.resolve(input.getKey()), input.getValue());
		}
	}

	/**
	 * The inputs of a fuzzer.
	 * @param fuzzer its class
	 * @return the inputs by their names
	 * @throws ReflectiveOperationException if it has no method {@code seeds}
	 */
	@SuppressWarnings("unchecked")
	public static Map<String, byte[]> of(Class<?> fuzzer) throws ReflectiveOperationException {
		Method seeds = fuzzer.getDeclaredMethod("seeds");
		seeds.setAccessible(true);
		Map<String, byte[]> inputs = new LinkedHashMap<>((Map<String, byte[]>) seeds.invoke(null));
		inputs.putAll(Seeds.found(fuzzer.getSimpleName()));
		return inputs;
	}

}
