/** A step of the tour: commands for a shell, run in the folder of the project. */
export interface Step {
  /** Of its block in docs/tour.md. */
  readonly name: string;
  readonly commands: string;
  /** The commands only read, and are repeated until their output has this. Otherwise they run once. */
  readonly until?: RegExp;
  /** Sends transactions for minutes: figures of everybody on the platform change. */
  readonly isLoad?: boolean;
}

/** Readers copy this file, and change it. One value is wrong on purpose. */
const file = `Location,Date/Time,Temperature (°F),Humidity (%),Precipitation (in),Wind Speed (mph)
Reykjavik,2024-06-01T06:00,46.4,81,0.02,14
Reykjavik,2024-06-01T06:10,46.9,80,0.00,15
Reykjavik,2024-06-01T06:20,cold,79,0.00,13
Reykjavik,2024-06-01T06:30,47.8,78,0.01,12`;

const query = `npm run athena -- "SELECT date_time, temperature_c, precipitation_mm, wind_speed_kmh
  FROM raw_observations WHERE location = 'Reykjavik' ORDER BY date_time"`;

const api = `API=$(node -p "require('./.isobar/endpoints.json').apiUrl")`;
const readToken = (name: string) =>
  `TOKEN=$(curl -sS http://127.0.0.1:4566 -H 'X-Amz-Target: secretsmanager.GetSecretValue' \\
  -H 'Content-Type: application/x-amz-json-1.1' -d '{"SecretId": "isobar/local/tokens/${name}"}' |
  node -p "JSON.parse(require('fs').readFileSync(0)).SecretString")`;

export const steps: readonly Step[] = [
  {
    name: 'drop',
    commands: `cat > /tmp/my-weather.csv <<'END'
${file}
END
curl -sS -T /tmp/my-weather.csv \\
  http://127.0.0.1:4566/isobar-local-lake-000000000000-us-east-1/incoming/observations/my-weather.csv`,
  },
  { name: 'query', commands: query, until: /^3 rows/m },
  { name: 'errors', commands: 'npm run errors -- list --file my-weather.csv', until: /"cold"/ },
  {
    name: 'redrive',
    commands: `npm run errors -- fix --file my-weather.csv --set Temperature_C=8.6
npm run errors -- redrive --file my-weather.csv`,
  },
  { name: 'query again', commands: query, until: /^4 rows/m },
  {
    name: 'score',
    commands: `${api}
${readToken('predict')}
curl -sS "\${API}predict" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{
  "transactionId": "tour-1", "accountId": "tour", "amount": 1250, "currency": "EUR",
  "merchantCategory": "electronics", "country": "DE", "channel": "online", "time": "2024-06-01T03:00:00Z"}'`,
  },
  {
    name: 'transactions',
    commands: `npm run generate -- transactions --rate 30 --count 2000 --seed 11 --accounts 40 \\
  --start 2024-06-03 --drift-at +1d --labels-after 5s`,
    isLoad: true,
  },
  {
    name: 'drift',
    commands: `${api}
${readToken('metrics')}
curl -sS "\${API}metrics" -H "Authorization: Bearer $TOKEN" | grep ^fraud_model_feature_drift | sort -rnk2 | head -8`,
    // It is 0.0 before, and measured once a minute.
    until: /"distinct_countries_last_day"\} 0\.[1-9]/,
    isLoad: true,
  },
  { name: 'evaluate', commands: 'npm run evaluate', until: /precision/, isLoad: true },
];
