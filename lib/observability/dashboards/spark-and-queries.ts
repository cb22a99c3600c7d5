import { cloudWatchMetrics, prometheusName } from '../../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import { type Dashboard, type Panel, type Unit, variables } from '../panel.ts';

const stage = 'stage=~"$stage"';

const ofJobs = (
  key: keyof typeof cloudWatchMetrics,
  title: string,
  description: string,
  unit: Unit,
): Panel => ({
  title,
  description,
  unit,
  kind: 'bars',
  cloudWatch: [key],
  noData: 'no job ran in this time',
  queries: [
    {
      expr: `sum by (job_name) (${prometheusName(cloudWatchMetrics[key])}{${stage}})`,
      legend: '{{job_name}}',
    },
  ],
});

/** Spark jobs and Athena's queries: what they read, and how long they took. */
export const sparkAndQueries: Dashboard = {
  uid: 'isobar-spark',
  title: 'Spark and queries',
  description: 'Spark jobs and queries of the lake: what they read, and how long they took.',
  variables: [variables.stage],
  rows: [
    {
      title: 'Spark jobs',
      panels: [
        ofJobs('jobTime', 'Time of jobs', 'How long jobs ran in the period.', 'ms'),
        ofJobs('jobRecords', 'Rows read by jobs', 'Rows that jobs read in the period.', 'short'),
        ofJobs('jobBytes', 'Bytes read by jobs', 'Bytes that jobs read in the period.', 'bytes'),
        ofJobs(
          'jobShuffle',
          'Shuffled bytes',
          'What executors sent to each other. It grows with skewed keys.',
          'bytes',
        ),
        ofJobs(
          'jobFailedTasks',
          'Failed tasks',
          'Spark repeats a failed task. Many mean too little memory.',
          'short',
        ),
      ],
    },
    {
      title: 'Lake',
      panels: [
        {
          title: 'Size and objects of the buckets',
          description: 'Bytes in the storage class Standard, and objects, as S3 measures them once a day.',
          unit: 'short',
          awsOnly: true,
          cloudWatch: ['bucketBytes', 'bucketObjects'],
          queries: (['bucketBytes', 'bucketObjects'] as const).map((key) => ({
            expr: `${prometheusName(cloudWatchMetrics[key])}{${stage}}`,
            legend: `{{bucket_name}} ${key === 'bucketBytes' ? 'bytes' : 'objects'}`,
          })),
        },
      ],
    },
    {
      title: 'Athena',
      panels: [
        {
          title: 'Bytes scanned by queries',
          description: 'Athena bills these, by the state in which the query ended.',
          unit: 'bytes',
          kind: 'bars',
          noData: 'no query ran in this time',
          cloudWatch: ['queryBytes'],
          queries: [
            {
              expr: `sum by (query_state) (${prometheusName(cloudWatchMetrics.queryBytes)}{${stage}})`,
              legend: '{{query_state}}',
            },
          ],
        },
        {
          title: 'Longest query',
          description: 'From its submission to its end.',
          unit: 'ms',
          noData: 'no query ran in this time',
          cloudWatch: ['queryTime'],
          queries: [
            {
              expr: `max by (work_group) (${prometheusName(cloudWatchMetrics.queryTime)}{${stage}})`,
              legend: '{{work_group}}',
            },
          ],
        },
      ],
    },
  ],
};
