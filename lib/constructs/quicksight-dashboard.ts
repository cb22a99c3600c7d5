import { Aws } from 'aws-cdk-lib';
import { type IManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDashboard, CfnDataSet, CfnDataSource, CfnRefreshSchedule } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import { type Chart, charts, columnsOf, isDate, type Query, sqlOf } from '../analytics/charts.ts';
import { lakeTables } from '../analytics/tables.ts';

export interface QuickSightDashboardProps {
  readonly stage: string;
  /** The QuickSight user or group that sees the dashboard. */
  readonly principalArn: string;
  readonly workGroup: string;
  readonly database: string;
  /** What QuickSight may read. */
  readonly analysts: IManagedPolicy;
}

/** Permissions of a reader. QuickSight accepts complete sets only. */
const readerActions = {
  dataSource: ['DescribeDataSource', 'DescribeDataSourcePermissions', 'PassDataSource'],
  dataSet: [
    'DescribeDataSet',
    'DescribeDataSetPermissions',
    'PassDataSet',
    'DescribeIngestion',
    'ListIngestions',
  ],
  dashboard: ['DescribeDashboard', 'ListDashboardVersions', 'QueryDashboard'],
} as const;

/** Size of a chart. QuickSight's grid is 36 columns wide. */
const tile = { columns: 18, rows: 12, perRow: 2 };

/**
 * A dashboard of the lake. Each data set is the result of a named query, kept in SPICE (QuickSight's memory)
 * and refreshed once a day, after the daily workflow: the cost does not depend on the number of views.
 */
export class QuickSightDashboard extends Construct {
  readonly #props: QuickSightDashboardProps;

  constructor(scope: Construct, id: string, props: QuickSightDashboardProps) {
    super(scope, id);
    this.#props = props;
    const { stage } = props;
    const source = this.#dataSource();
    const queries = [...new Set(charts.map(({ query }) => query))];
    const dataSets = queries.map((query) => ({ query, dataSet: this.#dataSet(query, source.attrArn) }));
    new CfnDashboard(this, 'Dashboard', {
      awsAccountId: Aws.ACCOUNT_ID,
      dashboardId: `isobar-${stage}`,
      name: `Isobar ${stage}`,
      permissions: this.#permissions('dashboard'),
      definition: {
        dataSetIdentifierDeclarations: dataSets.map(({ query, dataSet }) => {
          return { identifier: query, dataSetArn: dataSet.attrArn };
        }),
        sheets: [
          {
            sheetId: 'weather',
            name: 'Weather',
            contentType: 'INTERACTIVE',
            visuals: charts.map(visualOf),
            layouts: [{ configuration: { gridLayout: { elements: charts.map(placeOf) } } }],
          },
        ],
      },
    });
  }

  #dataSource(): CfnDataSource {
    const { stage, workGroup, database, analysts } = this.#props;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('quicksight.amazonaws.com'),
      description: `What QuickSight may read of ${database}`,
      managedPolicies: [analysts],
    });
    return new CfnDataSource(this, 'DataSource', {
      awsAccountId: Aws.ACCOUNT_ID,
      dataSourceId: `isobar-${stage}`,
      name: `Isobar ${stage}`,
      type: 'ATHENA',
      dataSourceParameters: { athenaParameters: { workGroup, roleArn: role.roleArn } },
      sslProperties: { disableSsl: false },
      permissions: this.#permissions('dataSource'),
    });
  }

  #dataSet(query: Query, dataSourceArn: string): CfnDataSet {
    const { stage, database } = this.#props;
    const dataSetId = `isobar-${stage}-${query}`;
    const id = query.replace(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
    const dataSet = new CfnDataSet(this, id, {
      awsAccountId: Aws.ACCOUNT_ID,
      dataSetId,
      name: `Isobar ${stage}: ${query}`,
      importMode: 'SPICE',
      physicalTableMap: {
        [query]: {
          customSql: {
            dataSourceArn,
            name: query,
            sqlQuery: inDatabase(sqlOf(query), database),
            columns: columnsOf(query),
          },
        },
      },
      permissions: this.#permissions('dataSet'),
    });
    new CfnRefreshSchedule(this, `${id}Refresh`, {
      awsAccountId: Aws.ACCOUNT_ID,
      dataSetId,
      schedule: {
        scheduleId: 'daily',
        refreshType: 'FULL_REFRESH',
        // After the daily workflow, which starts at 00:15 UTC and waits until 02:45 at most.
        scheduleFrequency: { interval: 'DAILY', timeOfTheDay: '04:00', timeZone: 'UTC' },
      },
    }).addResourceDependency(dataSet);
    return dataSet;
  }

  #permissions(kind: keyof typeof readerActions) {
    const actions = readerActions[kind].map((action) => `quicksight:${action}`);
    return [{ principal: this.#props.principalArn, actions }];
  }
}

/** Custom SQL of QuickSight has no default database, so each table name is qualified. */
const inDatabase = (sql: string, database: string) =>
  lakeTables.reduce(
    (qualified, { name }) => qualified.replaceAll(`FROM ${name}\n`, `FROM ${database}.${name}\n`),
    sql,
  );

function visualOf({ id, title, query, shape }: Chart): CfnDashboard.VisualProperty {
  const column = (columnName: string) => {
    return { fieldId: `${id}.${columnName}`, column: { columnName, dataSetIdentifier: query } };
  };
  const visual = { visualId: id, title: { formatText: { plainText: title } } };
  if (shape.kind === 'table') {
    const values = columnsOf(query).map(({ name }) => column(name));
    const fieldWells = { tableUnaggregatedFieldWells: { values } };
    return { tableVisual: { ...visual, chartConfiguration: { fieldWells } } };
  }
  const dimension = (name: string): CfnDashboard.DimensionFieldProperty =>
    isDate(query, name)
      ? { dateDimensionField: { ...column(name), dateGranularity: 'DAY' } }
      : { categoricalDimensionField: column(name) };
  const wells = {
    category: [dimension(shape.by)],
    ...(shape.split === undefined ? {} : { colors: [dimension(shape.split)] }),
    values: [
      {
        numericalMeasureField: {
          ...column(shape.value),
          aggregationFunction: { simpleNumericalAggregation: shape.combine },
        },
      },
    ],
  };
  return shape.kind === 'line'
    ? {
        lineChartVisual: {
          ...visual,
          chartConfiguration: { fieldWells: { lineChartAggregatedFieldWells: wells } },
        },
      }
    : {
        barChartVisual: {
          ...visual,
          chartConfiguration: { fieldWells: { barChartAggregatedFieldWells: wells } },
        },
      };
}

const placeOf = ({ id }: Chart, place: number): CfnDashboard.GridLayoutElementProperty => ({
  elementId: id,
  elementType: 'VISUAL',
  columnIndex: (place % tile.perRow) * tile.columns,
  columnSpan: tile.columns,
  rowIndex: Math.floor(place / tile.perRow) * tile.rows,
  rowSpan: tile.rows,
});
