package com.example.benchmark;

/**
 * The arguments of {@code weather.current}.
 *
 * @param city name of the city
 * @param unit unit of the temperature; a longer text when larger arguments are measured
 */
public record WeatherRequest(String city, String unit) {

	/** The arguments of the table. */
	public static final WeatherRequest BERLIN = new WeatherRequest("Berlin", "celsius");

	/**
	 * Arguments of another size.
	 * @param bytes length of the arguments in addition to the ordinary ones
	 * @return the arguments
	 */
	public static WeatherRequest ofSize(int bytes) {
		return (bytes > 0) ? new WeatherRequest("Berlin", "celsius".repeat(bytes / 7 + 1)) : BERLIN;
	}

}
