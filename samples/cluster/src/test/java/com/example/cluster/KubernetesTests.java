package com.example.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import org.springframework.boot.convert.DurationStyle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * {@code kubernetes.yaml} says what Kubernetes understands, its parts fit each other, and
 * its properties exist.
 */
class KubernetesTests {

	private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of("ConfigMap", ConfigMap.class,
			"Deployment", Deployment.class, "Service", Service.class, "HorizontalPodAutoscaler",
			HorizontalPodAutoscaler.class, "PodDisruptionBudget", PodDisruptionBudget.class);

	/** The types take any further field as an additional property; here none is. */
	private static final ObjectMapper STRICT = new ObjectMapper()
		.setAnnotationIntrospector(new JacksonAnnotationIntrospector() {

			private static final long serialVersionUID = 1L;

			@Override
			public Boolean hasAnySetter(Annotated annotated) {
				return false;
			}

		});

	private final Map<Class<?>, HasMetadata> objects;

	KubernetesTests() throws IOException {
		this.objects = parse(Files.readString(Path.of("kubernetes.yaml")));
	}

	private static Map<Class<?>, HasMetadata> parse(String text) {
		Map<Class<?>, HasMetadata> objects = new LinkedHashMap<>();
		for (Object document : new Yaml().loadAll(new StringReader(text))) {
			Map<?, ?> fields = (Map<?, ?>) document;
			Class<? extends HasMetadata> type = KINDS.get(fields.get("kind"));
			HasMetadata object = STRICT.convertValue(fields, type);
			assertThat(object.getApiVersion()).as(type.getSimpleName()).isEqualTo(apiVersion(type));
			objects.put(type, object);
		}
		return objects;
	}

	private static String apiVersion(Class<? extends HasMetadata> type) {
		return HasMetadata.getApiVersion(type);
	}

	private <T> T the(Class<T> type) {
		return type.cast(this.objects.get(type));
	}

	private Container container() {
		List<Container> containers = the(Deployment.class).getSpec().getTemplate().getSpec().getContainers();
		assertThat(containers).hasSize(1);
		return containers.get(0);
	}

	private Properties properties() throws IOException {
		Properties properties = new Properties();
		properties.load(new StringReader(the(ConfigMap.class).getData().get("application.properties")));
		return properties;
	}

	@Test
	void allKindsAreThere() {
		assertThat(this.objects.keySet()).containsExactlyInAnyOrderElementsOf(KINDS.values());
	}

	@Test
	void fieldThatKubernetesDoesNotKnowIsNoticed() throws IOException {
		String text = Files.readString(Path.of("kubernetes.yaml"));
		for (String field : List.of("minReadySeconds", "topologyKey", "stabilizationWindowSeconds", "periodSeconds",
				"targetPort", "averageValue", "maxUnavailable")) {
			assertThat(text).contains(field + ":");
			assertThatExceptionOfType(IllegalArgumentException.class).as(field)
				.isThrownBy(() -> parse(text.replace(field + ":", field + "s:")))
				.withMessageContaining(field + "s");
		}
	}

	@Test
	void selectorsFindThePods() {
		Deployment deployment = the(Deployment.class);
		Map<String, String> labels = deployment.getSpec().getTemplate().getMetadata().getLabels();
		assertThat(labels).isNotEmpty();
		assertThat(deployment.getSpec().getSelector().getMatchLabels()).isEqualTo(labels);
		assertThat(the(Service.class).getSpec().getSelector()).isEqualTo(labels);
		assertThat(the(PodDisruptionBudget.class).getSpec().getSelector().getMatchLabels()).isEqualTo(labels);
		assertThat(deployment.getSpec().getTemplate().getSpec().getTopologySpreadConstraints())
			.allSatisfy((constraint) -> assertThat(constraint.getLabelSelector().getMatchLabels()).isEqualTo(labels));
	}

	@Test
	void autoscalerFindsTheDeploymentAndIsAloneInSettingTheNumber() {
		HorizontalPodAutoscaler autoscaler = the(HorizontalPodAutoscaler.class);
		Deployment deployment = the(Deployment.class);
		assertThat(autoscaler.getSpec().getScaleTargetRef().getName()).isEqualTo(deployment.getMetadata().getName());
		assertThat(autoscaler.getSpec().getScaleTargetRef().getKind()).isEqualTo("Deployment");
		assertThat(autoscaler.getSpec().getScaleTargetRef().getApiVersion()).isEqualTo(deployment.getApiVersion());
		assertThat(deployment.getSpec().getReplicas()).isNull();
		assertThat(autoscaler.getSpec().getMinReplicas())
			.isGreaterThan(the(PodDisruptionBudget.class).getSpec().getMaxUnavailable().getIntVal());
	}

	@Test
	void portsAreThoseOfTheApplication() throws IOException {
		Map<String, Integer> ports = container().getPorts()
			.stream()
			.collect(Collectors.toMap((port) -> port.getName(), (port) -> port.getContainerPort()));
		Properties properties = properties();
		assertThat(ports).containsOnly(Map.entry("http", Integer.valueOf(properties.getProperty("server.port"))),
				Map.entry("management", Integer.valueOf(properties.getProperty("management.server.port"))));
		assertThat(the(Service.class).getSpec().getPorts())
			.allSatisfy((port) -> assertThat(port.getTargetPort().getStrVal()).isEqualTo("http"));
		for (Probe probe : List.of(container().getStartupProbe(), container().getReadinessProbe(),
				container().getLivenessProbe())) {
			assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("management");
			String group = probe.getHttpGet().getPath().replace("/actuator/health/", "");
			assertThat(properties).containsKey("management.endpoint.health.group." + group + ".include");
		}
		Map<String, String> annotations = the(Deployment.class).getSpec().getTemplate().getMetadata().getAnnotations();
		assertThat(annotations).containsEntry("prometheus.io/port", properties.getProperty("management.server.port"));
	}

	@Test
	void configurationIsMountedWhereItIsRead() {
		String location = container().getEnv()
			.stream()
			.filter((variable) -> variable.getName().equals("SPRING_CONFIG_ADDITIONAL_LOCATION"))
			.map((variable) -> variable.getValue())
			.collect(Collectors.joining());
		assertThat(container().getVolumeMounts()).singleElement()
			.satisfies((mount) -> assertThat(mount.getMountPath() + "/").isEqualTo(location));
		assertThat(the(Deployment.class).getSpec().getTemplate().getSpec().getVolumes()).singleElement()
			.satisfies((volume) -> assertThat(volume.getConfigMap().getName())
				.isEqualTo(the(ConfigMap.class).getMetadata().getName()));
	}

	@Test
	void podHasTheTimeToLeaveThatItNeeds() throws IOException {
		Properties properties = properties();
		Duration drain = time(properties, "agentsocket.server.drain-timeout");
		Duration phase = time(properties, "spring.lifecycle.timeout-per-shutdown-phase");
		assertThat(time(properties, "agentsocket.server.drain-spread")).isLessThan(drain);
		// Two seconds for the store.
		assertThat(drain.plusSeconds(2)).isLessThan(phase);
		long preStop = container().getLifecycle().getPreStop().getSleep().getSeconds();
		assertThat(preStop + phase.toSeconds())
			.isLessThan(the(Deployment.class).getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds());
	}

	private static Duration time(Properties properties, String name) {
		return DurationStyle.detectAndParse(properties.getProperty(name));
	}

	@Test
	void propertiesOfTheProjectExist() throws IOException {
		Set<String> known = new TreeSet<>();
		for (URL url : Collections
			.list(getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
			try (InputStream in = url.openStream()) {
				for (JsonNode property : STRICT.readTree(in).get("properties")) {
					known.add(property.get("name").asText());
				}
			}
		}
		List<String> used = new ArrayList<>(properties().stringPropertyNames());
		Stream<String> own = used.stream().filter((name) -> name.startsWith("agentsocket."));
		assertThat(own).isNotEmpty().allSatisfy((name) -> assertThat(known).contains(name));
	}

}
