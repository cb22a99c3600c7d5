"""Changes LocalStack's CloudWatch at start, where no plugin point exists."""

import re

from localstack.runtime import hooks

_PERCENTILE = re.compile(r"p\d{1,2}(\.\d+)?")


@hooks.on_infra_start()
def amend_cloudwatch():
    from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
    from localstack.utils.patch import patch

    @patch(CloudwatchDatabase.get_metric_data_stat)
    def _without_percentiles(get, self, *args, query, **kwargs):
        """LocalStack keeps sums, not values: it knows no percentile, and fails the whole request for one."""
        if _PERCENTILE.fullmatch(query["MetricStat"].get("Stat") or ""):
            return {"timestamps": [], "values": [], "messages": []}
        return get(self, *args, query=query, **kwargs)
