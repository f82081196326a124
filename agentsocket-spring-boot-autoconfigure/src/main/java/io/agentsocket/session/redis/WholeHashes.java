package io.agentsocket.session.redis;

import java.lang.reflect.Proxy;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.data.redis.core.ReactiveHashOperations;
import org.springframework.util.ReflectionUtils;

/**
 * Reads of hashes whose reply is handed out as one value. HGETALL of Spring Data hands
 * out field by field while Lettuce is still reading. Where fields have not been taken yet
 * at the end of what has arrived, Lettuce reads no more from the connection until they
 * are; if they are taken at that very moment, it never does. All that is asked on the
 * connection, whoever asks, waits until the read is cancelled then. The reply of a script
 * is one value, which is there when it is complete. Other operations are those of Spring
 * Data.
 */
final class WholeHashes {

	/** KEYS: a hash. Reply: its fields, each followed by its value. */
	private static final Script READ = Script.of("""
			return redis.call('HGETALL', KEYS[1])
			""");

	private final Scripts scripts;

	private final AttributeSerializer values;

	WholeHashes(Scripts scripts, AttributeSerializer values) {
		this.scripts = scripts;
		this.values = values;
	}

	/** The operations, but for this one of them. */
	@SuppressWarnings("unchecked")
	<K, V> ReactiveHashOperations<String, K, V> read(ReactiveHashOperations<String, K, V> operations) {
		return (ReactiveHashOperations<String, K, V>) Proxy.newProxyInstance(WholeHashes.class.getClassLoader(),
				new Class<?>[] { ReactiveHashOperations.class },
				(proxy, method, arguments) -> method.getName().equals("entries") ? entries((String) arguments[0])
						: ReflectionUtils.invokeMethod(method, operations, arguments));
	}

	private Flux<Map.Entry<String, @Nullable Object>> entries(String key) {
		return this.scripts.list(READ, List.of(Values.of(key)), List.of()).flatMapIterable(this::entries);
	}

	/** An attribute that was removed has an empty value, which is null. */
	private List<Map.Entry<String, @Nullable Object>> entries(List<Object> reply) {
		List<Map.Entry<String, @Nullable Object>> entries = new ArrayList<>(reply.size() / 2);
		for (int i = 0; i < reply.size(); i += 2) {
			entries.add(new SimpleImmutableEntry<>(Values.text(reply.get(i)),
					this.values.deserialize(Values.bytes(reply.get(i + 1)).exactArray())));
		}
		return entries;
	}

}
