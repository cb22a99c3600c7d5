/** The tables of which the daily workflow publishes a partition a day, and where in the lake their runs lie. */
export const publishedTables = {
  curated_observations: 'curated/observations/',
  daily_weather: 'daily/weather_summary/',
} as const;
