"""The state of Glue's jobs and their runs."""

from dataclasses import dataclass, field

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute

from isobar_localstack.glue.errors import EntityNotFound
from isobar_localstack.glue.job_runs import JobRun


@dataclass
class Job:
    # The job in the answer of GetJob.
    shown: dict
    # Oldest first.
    runs: list[JobRun] = field(default_factory=list)

    def run(self, run_id: str) -> JobRun:
        found = next((run for run in self.runs if run.shown["Id"] == run_id), None)
        if found is None:
            raise EntityNotFound("JobRun not found.")
        return found


class JobStore(BaseStore):
    jobs: dict[str, Job] = LocalAttribute(default=dict)

    def job(self, name: str) -> Job:
        found = self.jobs.get(name)
        if found is None:
            raise EntityNotFound(f"Job {name} not found.")
        return found


job_stores = AccountRegionBundle("glue-jobs", JobStore, validate=False)
