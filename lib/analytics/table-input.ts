import type { CfnTable } from 'aws-cdk-lib/aws-glue';
import type { LakeTable } from './tables.ts';

const hive = 'org.apache.hadoop.hive.ql.io';

const formats = {
  parquet: {
    inputFormat: `${hive}.parquet.MapredParquetInputFormat`,
    outputFormat: `${hive}.parquet.MapredParquetOutputFormat`,
    serializationLibrary: `${hive}.parquet.serde.ParquetHiveSerDe`,
  },
  json: {
    inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    outputFormat: `${hive}.HiveIgnoreKeyTextOutputFormat`,
    serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
  },
} as const;

/** The definition of a table for the Data Catalog. `lake` is the lake's `s3://<bucket>/`. */
export function tableInput(table: LakeTable, lake: string): CfnTable.TableInputProperty {
  const { inputFormat, outputFormat, serializationLibrary } = formats[table.format];
  const location = `${lake}${table.prefix}`;
  return {
    name: table.name,
    description: table.description,
    tableType: 'EXTERNAL_TABLE',
    parameters: { EXTERNAL: 'TRUE', classification: table.format, ...projection(table, location) },
    partitionKeys: [{ ...table.partition }],
    storageDescriptor: {
      columns: table.columns.map((column) => ({ ...column })),
      location,
      inputFormat,
      outputFormat,
      serdeInfo: { serializationLibrary, parameters: { 'serialization.format': '1' } },
    },
  };
}

/** @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html */
function projection(
  { partition: { name }, projectedFrom }: LakeTable,
  location: string,
): Record<string, string> {
  if (projectedFrom === undefined) return {};
  return {
    'projection.enabled': 'true',
    [`projection.${name}.type`]: 'date',
    [`projection.${name}.format`]: 'yyyy-MM-dd',
    // One day more than today, since a producer's clock may be ahead of Athena's.
    [`projection.${name}.range`]: `${projectedFrom},NOW+1DAYS`,
    [`projection.${name}.interval`]: '1',
    [`projection.${name}.interval.unit`]: 'DAYS',
    'storage.location.template': `${location}${name}=\${${name}}/`,
  };
}
