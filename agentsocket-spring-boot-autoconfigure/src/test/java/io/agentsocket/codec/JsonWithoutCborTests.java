package io.agentsocket.codec;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * JSON does not need the library for CBOR.
 */
class JsonWithoutCborTests {

	@Test
	void jsonWorks() throws ReflectiveOperationException {
		Class<?> type = new WithoutCbor().loadClass(JacksonCodec.class.getName());
		assertThat(type).isNotSameAs(JacksonCodec.class);
		assertThat(type.getDeclaredMethods()).as("what a container looks at").isNotEmpty();
		Object codec = type.getMethod("json").invoke(null);
		assertThat(type.getMethod("name").invoke(codec)).isEqualTo("json");
		assertThat(type.getMethod("encode", Object.class).invoke(codec, "text"))
			.hasToString(JacksonCodec.json().encode("text").toString());
	}

	@Test
	void cborDoesNot() throws ReflectiveOperationException {
		Class<?> type = new WithoutCbor().loadClass(JacksonCodec.class.getName());
		assertThatExceptionOfType(InvocationTargetException.class).isThrownBy(() -> type.getMethod("cbor").invoke(null))
			.withCauseInstanceOf(NoClassDefFoundError.class);
	}

	/** Loads the main classes anew, and finds no CBOR. */
	private static final class WithoutCbor extends ClassLoader {

		WithoutCbor() {
			super(JsonWithoutCborTests.class.getClassLoader());
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (name.startsWith("tools.jackson.dataformat.cbor.")) {
				throw new ClassNotFoundException(name);
			}
			Class<?> known = findLoadedClass(name);
			if (known != null) {
				return known;
			}
			return name.startsWith("io.agentsocket.") ? define(name) : super.loadClass(name, resolve);
		}

		private Class<?> define(String name) throws ClassNotFoundException {
			try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
				if (in == null) {
					throw new ClassNotFoundException(name);
				}
				byte[] bytes = in.readAllBytes();
				return defineClass(name, bytes, 0, bytes.length);
			}
			catch (IOException ex) {
				throw new ClassNotFoundException(name, ex);
			}
		}

	}

}
