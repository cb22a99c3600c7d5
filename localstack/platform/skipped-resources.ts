const quickSightTypes = ['Dashboard', 'DataSet', 'DataSource', 'RefreshSchedule'];

/** Resource types that a local deploy skips, each with the reason. Every other type is provisioned. */
export const skippedLocally: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    quickSightTypes.map((type) => [`AWS::QuickSight::${type}`, 'QuickSight has no local engine']),
  ),
  'AWS::RDS::EventSubscription': 'the local Postgres has no events',
  'AWS::ApplicationAutoScaling::ScalableTarget': 'local brokers have no disks of their own',
  'AWS::ApplicationAutoScaling::ScalingPolicy': 'local brokers have no disks of their own',
  'AWS::CloudWatch::Dashboard': 'the dashboards are those of localstack/grafana',
};
