package io.agentsocket.tool;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.agentsocket.annotation.AgentParam;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/**
 * Compiles classes that were made up, in memory.
 */
final class ZooCompiler {

	private static final String HEAD = """
			import com.fasterxml.jackson.annotation.*;
			import io.agentsocket.annotation.*;
			import jakarta.validation.constraints.*;
			import org.jspecify.annotations.Nullable;
			""";

	private ZooCompiler() {
	}

	/**
	 * Compile.
	 * @param declarations classes without a package, each by its name
	 * @return their loader
	 */
	static ClassLoader compile(Map<String, String> declarations) {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		Map<String, ByteArrayOutputStream> classes = new HashMap<>();
		StandardJavaFileManager standard = compiler.getStandardFileManager(null, null, null);
		JavaFileManager files = new ForwardingJavaFileManager<>(standard) {

			@Override
			public JavaFileObject getJavaFileForOutput(Location location, String name, JavaFileObject.Kind kind,
					FileObject sibling) {
				return new SimpleJavaFileObject(URI.create("mem:///" + name + ".class"), kind) {

					@Override
					public OutputStream openOutputStream() {
						return classes.computeIfAbsent(name, (key) -> new ByteArrayOutputStream());
					}

				};
			}

		};
		List<JavaFileObject> sources = declarations.entrySet()
			.stream()
			.<JavaFileObject>map((entry) -> new Source(entry.getKey(), HEAD + entry.getValue()))
			.toList();
		StringWriter out = new StringWriter();
		boolean compiled = compiler
			.getTask(out, files, null, List.of("-parameters", "-proc:none", "-nowarn", "-cp", classPath()), null,
					sources)
			.call();
		if (!compiled) {
			throw new AssertionError(out.toString());
		}
		return new ClassLoader(ZooCompiler.class.getClassLoader()) {

			@Override
			protected Class<?> findClass(String name) throws ClassNotFoundException {
				ByteArrayOutputStream bytes = classes.get(name);
				if (bytes == null) {
					throw new ClassNotFoundException(name);
				}
				return defineClass(name, bytes.toByteArray(), 0, bytes.size());
			}

		};
	}

	private static String classPath() {
		return Stream.of(JsonProperty.class, JsonDeserialize.class, AgentParam.class, Min.class, Nullable.class)
			.map((type) -> java.nio.file.Path
				.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()))
				.toString())
			.collect(Collectors.joining(System.getProperty("path.separator")));
	}

	private static final class Source extends SimpleJavaFileObject {

		private final String text;

		Source(String name, String text) {
			super(URI.create("mem:///" + name + ".java"), Kind.SOURCE);
			this.text = text;
		}

		@Override
		public CharSequence getCharContent(boolean ignoreEncodingErrors) {
			return this.text;
		}

	}

}
