package com.example.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.Deflater;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;

/**
 * Bytes that names of fields take in payloads, and what is left of them if both sides
 * knew a number for each name.
 */
final class FieldNames {

	/** A longer text has its length in a byte of its own. */
	private static final int SHORT_TEXT = 24;

	/** Numbers up to here are one byte in CBOR. */
	private static final int SHORT_NUMBER = 24;

	private FieldNames() {
	}

	static void run() {
		System.out
			.println("| payload | names, and how many of them differ | CBOR | of it names | with numbers | deflated "
					+ "| JSON | of it names | with numbers | deflated |");
		System.out.println("|---|---|---|---|---|---|---|---|---|---|");
		payloads().forEach((title, payload) -> System.out.println(row(title, payload)));
	}

	private static String row(String title, Object payload) {
		List<String> names = new ArrayList<>();
		collect(payload, names);
		Set<String> different = new LinkedHashSet<>(names);
		byte[] inCbor = bytes(JacksonCodec.cbor(), payload);
		byte[] inJson = bytes(JacksonCodec.json(), payload);
		int cbor = inCbor.length;
		int json = inJson.length;
		int cborNames = names.stream().mapToInt(FieldNames::inCbor).sum();
		int jsonNames = names.stream().mapToInt((name) -> name.length() + 2).sum();
		int cborNumbers = names.size() * ((different.size() <= SHORT_NUMBER) ? 1 : 2);
		// Keys of JSON are texts.
		int jsonNumbers = names.size() * ((different.size() <= 10) ? 3 : 4);
		return String.format(Locale.ROOT,
				"| %s | %d, %d | %,d | %d %% | %,d (-%d %%) | %,d | %,d | %d %% | %,d (-%d %%) | %,d |", title,
				names.size(), different.size(), cbor, percent(cborNames, cbor), cbor - cborNames + cborNumbers,
				percent(cborNames - cborNumbers, cbor), deflated(inCbor), json, percent(jsonNames, json),
				json - jsonNames + jsonNumbers, percent(jsonNames - jsonNumbers, json), deflated(inJson));
	}

	private static long percent(int part, int whole) {
		return Math.round(100.0 * part / whole);
	}

	private static int inCbor(String name) {
		return name.length() + ((name.length() < SHORT_TEXT) ? 1 : 2);
	}

	private static byte[] bytes(Codec codec, Object payload) {
		return codec.encode(payload).toArray();
	}

	/** Without anything that went before, and without the header of a file. */
	private static int deflated(byte[] bytes) {
		Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
		try {
			deflater.setInput(bytes);
			deflater.finish();
			return deflater.deflate(new byte[2 * bytes.length + 64]);
		}
		finally {
			deflater.end();
		}
	}

	private static void collect(Object value, List<String> names) {
		if (value instanceof Map<?, ?> map) {
			map.forEach((name, of) -> {
				names.add((String) name);
				collect(of, names);
			});
		}
		else if (value instanceof List<?> list) {
			list.forEach((element) -> collect(element, names));
		}
	}

	private static Map<String, Object> payloads() {
		Map<String, Object> payloads = new LinkedHashMap<>();
		payloads.put("arguments of the benchmark", map("city", "Berlin", "unit", "celsius"));
		payloads.put("result of the benchmark",
				map("city", "Berlin", "temperature", 21.5, "conditions", "partly cloudy"));
		payloads.put("arguments of a search", map("query", "return policy for opened headphones", "limit", 10,
				"language", "en", "filters", map("category", List.of("policy", "faq"), "updatedAfter", "2026-01-01")));
		payloads.put("10 hits of a search", search());
		payloads.put("an order with 5 lines", order());
		payloads.put("100 rows of a table", table());
		return payloads;
	}

	private static Object search() {
		List<Object> hits = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			hits.add(map("id", "doc-48" + i + "1", "title", "Returning opened audio products, part " + i, "url",
					"https://help.example.com/articles/returns-" + i, "snippet",
					"Opened headphones can be sent back within 30 days of delivery if all parts and the original box are "
							+ "there; ear tips are exchanged for reasons of hygiene, and the refund is paid within five days.",
					"score", 0.91 - i / 50.0, "updatedAt", "2026-03-1" + i + "T08:15:00Z"));
		}
		return map("total", 128, "hits", hits, "tookMillis", 14);
	}

	private static Object order() {
		List<Object> lines = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			lines.add(map("sku", "AX-20" + i + "-B", "description", "USB-C cable, " + (i + 1) + " m", "quantity", i + 1,
					"unitPrice", 12.9, "taxRate", 0.19, "shipped", i < 3));
		}
		return map("orderId", "2026-118273", "customerId", "C-55812", "status", "PARTLY_SHIPPED", "currency", "EUR",
				"placedAt", "2026-11-02T10:21:33Z", "shippingAddress", map("name", "A. Example", "street",
						"Main Street 5", "postalCode", "10115", "city", "Berlin", "country", "DE"),
				"lines", lines, "total", 193.5);
	}

	private static Object table() {
		List<Object> rows = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			rows.add(map("accountId", 70_000 + i, "region", "EMEA", "openTickets", i % 7, "monthlyRevenue", 1000.5 + i,
					"churnRisk", i / 100.0));
		}
		return map("rows", rows);
	}

	private static Map<String, Object> map(Object... entries) {
		Map<String, Object> map = new LinkedHashMap<>();
		for (int i = 0; i < entries.length; i += 2) {
			map.put((String) entries[i], entries[i + 1]);
		}
		return map;
	}

}
