package io.agentsocket.client;

import java.util.Locale;
import java.util.Map;

import io.agentsocket.client.ReconnectStorm.Outcome;

/**
 * Draws attempts a second at one pod over time as SVG; the scale is logarithmic, since
 * storms differ by powers of ten.
 */
final class StormPicture {

	private static final int SECONDS = 30;

	private static final int WIDTH = 760;

	private static final int HEIGHT = 420;

	private static final int LEFT = 60;

	private static final int TOP = 20;

	private static final int PLOT_WIDTH = 660;

	private static final int PLOT_HEIGHT = 240;

	/** From 10 to 100,000. */
	private static final int LOWEST = 1;

	private static final int HIGHEST = 5;

	private static final String[] COLORS = { "#c0392b", "#2471a3", "#1e8449", "#b9770e", "#6c3483" };

	private StormPicture() {
	}

	/**
	 * Draw.
	 * @param storms outcomes by their names
	 * @param rate handshakes that a pod can do in a second
	 */
	static String of(Map<String, Outcome> storms, double rate) {
		StringBuilder svg = new StringBuilder();
		svg.append(String.format(Locale.ROOT,
				"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
						+ "font-size=\"12\">\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
				WIDTH, HEIGHT, WIDTH, HEIGHT));
		for (int power = LOWEST; power <= HIGHEST; power++) {
			double y = y(Math.pow(10, power));
			svg.append(line(LEFT, y, LEFT + PLOT_WIDTH, y, "#ddd", ""));
			svg.append(text(LEFT - 6, y + 4, "end", String.format(Locale.ENGLISH, "%,.0f", Math.pow(10, power))));
		}
		for (int second = 0; second <= SECONDS; second += 5) {
			svg.append(text(x(second), TOP + PLOT_HEIGHT + 18, "middle", second + " s"));
		}
		svg.append(line(LEFT, y(rate), LEFT + PLOT_WIDTH, y(rate), "#333", " stroke-dasharray=\"6 4\""));
		svg.append(text(LEFT + PLOT_WIDTH, y(rate) - 5, "end", "handshakes that a pod can do"));
		int number = 0;
		for (Map.Entry<String, Outcome> storm : storms.entrySet()) {
			String color = COLORS[number % COLORS.length];
			svg.append(curve(storm.getValue(), color));
			int y = TOP + PLOT_HEIGHT + 44 + 18 * number;
			svg.append(line(LEFT, y - 4, LEFT + 24, y - 4, color, " stroke-width=\"3\""));
			svg.append(text(LEFT + 32, y, "start", storm.getKey().replace("`", "")));
			number++;
		}
		return svg.append("</svg>\n").toString();
	}

	private static String curve(Outcome outcome, String color) {
		StringBuilder points = new StringBuilder();
		for (int second = 0; second < SECONDS; second++) {
			double y = y(Math.max(outcome.attempts(second), Math.pow(10, LOWEST)));
			points.append(String.format(Locale.ROOT, "%.1f,%.1f %.1f,%.1f ", x(second), y, x(second + 1), y));
		}
		return "<polyline fill=\"none\" stroke=\"" + color + "\" stroke-width=\"2\" points=\""
				+ points.toString().trim() + "\"/>\n";
	}

	private static double x(double second) {
		return LEFT + second * PLOT_WIDTH / SECONDS;
	}

	private static double y(double value) {
		return TOP + PLOT_HEIGHT * (HIGHEST - Math.log10(value)) / (HIGHEST - LOWEST);
	}

	private static String line(double x1, double y1, double x2, double y2, String color, String more) {
		return String.format(Locale.ROOT, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"%s/>\n",
				x1, y1, x2, y2, color, more);
	}

	private static String text(double x, double y, String anchor, String text) {
		return String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
				text);
	}

}
