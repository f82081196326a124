package com.example.benchmark;

/**
 * The answer of {@code weather.current}.
 *
 * @param city name of the city
 * @param temperature temperature in the unit that was asked for
 * @param conditions what one sees
 */
public record Weather(String city, double temperature, String conditions) {

	/**
	 * Answer of the server of each contestant.
	 * @param city name of the city
	 * @return the answer
	 */
	public static Weather of(String city) {
		return new Weather(city, 21.5, "partly cloudy");
	}

}
