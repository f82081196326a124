package io.agentsocket.observation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;

/**
 * A registry of observations with OpenTelemetry's tracer and an exporter that keeps what
 * it gets, as an application has them, and with meters.
 */
public final class Traces implements AutoCloseable {

	private final InMemorySpanExporter exporter = InMemorySpanExporter.create();

	private final SdkTracerProvider provider = SdkTracerProvider.builder()
		.addSpanProcessor(SimpleSpanProcessor.create(this.exporter))
		.build();

	private final ObservationRegistry registry = ObservationRegistry.create();

	private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

	public Traces() {
		io.opentelemetry.api.trace.Tracer otel = this.provider.get("test");
		OtelTracer tracer = new OtelTracer(otel, new OtelCurrentTraceContext(), (event) -> {
		});
		OtelPropagator propagator = new OtelPropagator(
				ContextPropagators.create(W3CTraceContextPropagator.getInstance()), otel);
		this.registry.observationConfig()
			.observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
					new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
					new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
					new DefaultTracingObservationHandler(tracer)))
			.observationHandler(new DefaultMeterObservationHandler(this.meters));
	}

	public ObservationRegistry registry() {
		return this.registry;
	}

	SimpleMeterRegistry meters() {
		return this.meters;
	}

	/** An interceptor of one process: both processes of a test have the same exporter. */
	public ObservationInterceptor interceptor() {
		return interceptor(100);
	}

	ObservationInterceptor interceptor(int maxNames) {
		return new ObservationInterceptor(this.registry, null, null, List.of(), maxNames);
	}

	/** The spans that have ended, in the order of their ends. */
	public List<SpanData> spans() {
		return this.exporter.getFinishedSpanItems();
	}

	/** The span of a name and kind, or {@code null}. */
	public SpanData span(String name, io.opentelemetry.api.trace.SpanKind kind) {
		return spans().stream()
			.filter((span) -> span.getName().equals(name) && span.getKind() == kind)
			.findFirst()
			.orElse(null);
	}

	/** The names of the spans that a span is in, the closest first. */
	public List<String> around(SpanData span) {
		List<String> names = new ArrayList<>();
		SpanData found = parent(span);
		while (found != null) {
			names.add(found.getName());
			found = parent(found);
		}
		return names;
	}

	private SpanData parent(SpanData span) {
		return spans().stream()
			.filter((other) -> other.getTraceId().equals(span.getTraceId())
					&& other.getSpanId().equals(span.getParentSpanId()))
			.findFirst()
			.orElse(null);
	}

	static Map<String, String> attributes(SpanData span) {
		Map<String, String> attributes = new java.util.TreeMap<>();
		span.getAttributes().forEach((key, value) -> attributes.put(key.getKey(), String.valueOf(value)));
		return attributes;
	}

	@Override
	public void close() {
		this.provider.close();
	}

}
