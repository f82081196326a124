package io.agentsocket.docs;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code mvn install} and {@code mvn deploy} give what an IDE shows of a library: its
 * sources and its Javadoc.
 */
class PublishedArtifactsTests {

	private static final Path ROOT = Path.of("..");

	private static Document pom(Path module) throws Exception {
		return DocumentBuilderFactory.newDefaultInstance()
			.newDocumentBuilder()
			.parse(ROOT.resolve(module).resolve("pom.xml").toFile());
	}

	private static List<String> texts(Document pom, String path) throws Exception {
		NodeList nodes = (NodeList) XPathFactory.newDefaultInstance()
			.newXPath()
			.evaluate(path, pom, XPathConstants.NODESET);
		return IntStream.range(0, nodes.getLength()).mapToObj((i) -> nodes.item(i).getTextContent().strip()).toList();
	}

	private static String plugin(String artifact, String rest) {
		return "plugin[artifactId = '" + artifact + "']/" + rest;
	}

	@ParameterizedTest
	@CsvSource({ "maven-source-plugin, jar-no-fork", "maven-javadoc-plugin, jar" })
	void theLibraryHasSourcesAndJavadoc(String plugin, String goal) throws Exception {
		Path library = Path.of("agentsocket-spring-boot-autoconfigure");
		assertThat(texts(pom(Path.of("")),
				"/project/build/pluginManagement/plugins/" + plugin(plugin, "executions/execution/goals/goal")))
			.containsExactly(goal);
		Document pom = pom(library);
		// In the build itself, and not in a profile that somebody has to name.
		assertThat(texts(pom, "/project/build/plugins/" + plugin(plugin, "artifactId"))).containsExactly(plugin);
		assertThat(texts(pom, "/project/build/plugins/" + plugin(plugin, "executions/execution/phase"))).isEmpty();
		assertThat(texts(pom, "/project/build/plugins/" + plugin(plugin, "configuration/skip"))).isEmpty();
	}

	/** Executions of a phase follow one another as the plugins do. */
	@Test
	void theLibraryIsInstalledWhenItsJavadocIsThere() throws Exception {
		Document pom = pom(Path.of("agentsocket-spring-boot-autoconfigure"));
		assertThat(texts(pom, "/project/build/plugins/plugin/artifactId")).containsSubsequence("maven-javadoc-plugin",
				"maven-install-plugin");
		assertThat(texts(pom, "/project/build/plugins/" + plugin("maven-install-plugin", "executions/execution/phase")))
			.containsExactly("none", "install");
	}

	@Test
	void nothingSwitchesThemOff() throws Exception {
		for (Path module : Stream.of("", "agentsocket-spring-boot-autoconfigure", "agentsocket-spring-boot-starter")
			.map(Path::of)
			.toList()) {
			assertThat(texts(pom(module), "//maven.source.skip | //maven.javadoc.skip | //skipSource"))
				.as(module.toString())
				.isEmpty();
		}
	}

}
