/** The tables that the daily workflow publishes, one partition per day, with the prefix of their runs. */
export const publishedTables = {
  curated_observations: 'curated/observations/',
  daily_weather: 'daily/weather_summary/',
} as const;
