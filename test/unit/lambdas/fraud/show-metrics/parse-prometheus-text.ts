interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const sampleShape = new RegExp(`^(${metricName})(?:\\{(${label}(?:,${label})*)\\})? (\\S+)$`);
const unescaped: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/**
 * Reads the text format strictly: HELP, then TYPE, then the samples of one metric; each metric and each
 * series once. Bounds of histograms must increase, counts must not decrease, and the last bucket must hold
 * all.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parsePrometheusText(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const series = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('the last line has no line end');
  const lines = text.slice(0, -1).split('\n');
  for (let at = 0; at < lines.length; ) {
    const [, name = '', help = ''] = /^# HELP (\S+) (.+)$/.exec(lines[at++] ?? '') ?? [];
    const [, typed, type = ''] =
      /^# TYPE (\S+) (counter|gauge|histogram|untyped)$/.exec(lines[at++] ?? '') ?? [];
    if (!new RegExp(`^${metricName}$`).test(name) || typed !== name || families.has(name))
      throw new Error(`line ${at}: expected HELP and TYPE of a new metric`);
    const samples: Sample[] = [];
    for (; at < lines.length && !lines[at]?.startsWith('#'); at++) {
      const sample = parseSample(lines[at] ?? '');
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      const suffix = sample.name.slice(name.length);
      const fits = type === 'histogram' ? ['_bucket', '_sum', '_count'].includes(suffix) : suffix === '';
      if (!sample.name.startsWith(name) || !fits || series.has(key))
        throw new Error(`line ${at + 1}: ${lines[at]} is no sample of ${name}, or a repeated one`);
      series.add(key);
      samples.push(sample);
    }
    if (type === 'counter' && !name.endsWith('_total'))
      throw new Error(`${name} is a counter without the suffix _total`);
    if (type === 'histogram') checkHistogram(name, samples);
    families.set(name, { type, help, samples });
  }
  return families;
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value = ''] = sampleShape.exec(line) ?? [];
  if (name === undefined) throw new Error(`expected a sample, found ${line}`);
  const pairs = [...labels.matchAll(new RegExp(label, 'g'))].map(([pair]) => {
    const at = pair.indexOf('=');
    const text = pair.slice(at + 2, -1).replace(/\\[\\"n]/g, (each) => unescaped[each] ?? '');
    return [pair.slice(0, at), text] as const;
  });
  return { name, labels: Object.fromEntries(pairs), value: parseValue(value) };
}

function parseValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`expected a value, found ${text}`);
  return Number(text);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const bySeries = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest));
  for (const [labels, own] of bySeries) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map((bucket) => parseValue(bucket.labels.le ?? ''));
    const counts = buckets.map(({ value }) => value);
    const grows = (list: readonly number[], least: number) =>
      list.every((value, at) => at === 0 || value - (list[at - 1] ?? 0) >= least);
    const count = own.find((sample) => sample.name === `${name}_count`)?.value;
    if (!grows(bounds, Number.MIN_VALUE) || !grows(counts, 0))
      throw new Error(`${name}${labels}: bounds do not increase, or counts decrease`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count)
      throw new Error(`${name}${labels}: the last bucket does not hold all ${count}`);
  }
}
