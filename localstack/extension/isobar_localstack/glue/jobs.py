"""Glue's API: jobs, and the operations that start, show and stop their runs. `job_runs.py` executes a run."""

import threading

from localstack.aws.api import RequestContext, handler

from isobar_localstack.glue.catalog import detail
from isobar_localstack.glue.errors import (
    AlreadyExists,
    ConcurrentRunsExceeded,
    EntityNotFound,
    InvalidInput,
)
from isobar_localstack.glue.job_arguments import refuse_arguments
from isobar_localstack.glue.job_runs import JobRun
from isobar_localstack.glue.job_store import Job, JobStore, job_stores
from isobar_localstack.glue.store import now
from isobar_localstack.paging import page

_DEFAULTS = {
    "GlueVersion": "5.1",
    "MaxRetries": 0,
    "Timeout": 480,
    "WorkerType": "G.1X",
    "NumberOfWorkers": 10,
    "ExecutionProperty": {"MaxConcurrentRuns": 1},
}
# Settings of the job that a run may override.
_OF_A_RUN = ("Timeout", "WorkerType", "NumberOfWorkers", "MaxCapacity", "ExecutionClass")

# Two concurrent starts of one job must not both pass the check of MaxConcurrentRuns.
_starting = threading.Lock()


class JobOperations:
    @handler("CreateJob", expand=False)
    def create_job(self, context: RequestContext, request: dict) -> dict:
        store, name = _store(context), request["Name"]
        if name in store.jobs:
            raise AlreadyExists(f"Job {name} already exists.")
        store.jobs[name] = Job(_as_job(name, _without(request, "Name", "Tags"), created=now()))
        return {"Name": name}

    @handler("UpdateJob", expand=False)
    def update_job(self, context: RequestContext, request: dict) -> dict:
        """Replaces the whole definition: a setting that the update omits is removed."""
        job = _store(context).job(request["JobName"])
        job.shown = _as_job(request["JobName"], request["JobUpdate"], created=job.shown["CreatedOn"])
        return {"JobName": request["JobName"]}

    @handler("DeleteJob", expand=False)
    def delete_job(self, context: RequestContext, request: dict) -> dict:
        """Deletes the job. As on AWS, deleting a missing job succeeds."""
        job = _store(context).jobs.pop(request["JobName"], None)
        for run in job.runs if job else []:
            run.stop()
        return {"JobName": request["JobName"]}

    @handler("GetJob", expand=False)
    def get_job(self, context: RequestContext, request: dict) -> dict:
        return {"Job": _store(context).job(request["JobName"]).shown}

    @handler("GetJobs", expand=False)
    def get_jobs(self, context: RequestContext, request: dict) -> dict:
        return page([job.shown for job in _store(context).jobs.values()], "Jobs", "Name", request)

    @handler("StartJobRun", expand=False)
    def start_job_run(self, context: RequestContext, request: dict) -> dict:
        job = _store(context).job(request["JobName"])
        own = request.get("Arguments") or {}
        arguments = {
            **(job.shown.get("DefaultArguments") or {}),
            **own,
            **(job.shown.get("NonOverridableArguments") or {}),
        }
        refuse_arguments(arguments)
        limit = int(job.shown["ExecutionProperty"].get("MaxConcurrentRuns", 1))
        settings = {**job.shown, **{name: request[name] for name in _OF_A_RUN if name in request}}
        with _starting:
            if sum(run.is_active for run in job.runs) >= limit:
                raise ConcurrentRunsExceeded(request["JobName"])
            run = JobRun.of(settings, own, arguments, context.account_id, context.region)
            job.runs.append(run)
        run.start()
        return {"JobRunId": run.shown["Id"]}

    @handler("GetJobRun", expand=False)
    def get_job_run(self, context: RequestContext, request: dict) -> dict:
        return {"JobRun": _store(context).job(request["JobName"]).run(request["RunId"]).described()}

    @handler("GetJobRuns", expand=False)
    def get_job_runs(self, context: RequestContext, request: dict) -> dict:
        newest_first = reversed(_store(context).job(request["JobName"]).runs)
        return page([run.described() for run in newest_first], "JobRuns", "Id", request)

    @handler("BatchStopJobRun", expand=False)
    def batch_stop_job_run(self, context: RequestContext, request: dict) -> dict:
        name, stopped, errors = request["JobName"], [], []
        for run_id in request["JobRunIds"]:
            try:
                run = _store(context).job(name).run(run_id)
                if not run.stop():
                    raise InvalidInput(f"Job run {run_id} has already ended.")
                stopped.append({"JobName": name, "JobRunId": run_id})
            except (EntityNotFound, InvalidInput) as error:
                errors.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": detail(error)})
        return {"SuccessfulSubmissions": stopped, "Errors": errors}


def _store(context: RequestContext) -> JobStore:
    return job_stores[context.account_id][context.region]


def _as_job(name: str, given: dict, *, created) -> dict:
    command = given.get("Command") or {}
    if command.get("Name") != "glueetl" or not command.get("ScriptLocation"):
        raise InvalidInput(
            "Only Spark jobs run locally: Command needs a ScriptLocation and the Name glueetl."
        )
    if not str(given.get("GlueVersion", _DEFAULTS["GlueVersion"])).startswith("5."):
        raise InvalidInput(
            f"GlueVersion {given['GlueVersion']} is not supported locally. Use Glue 5, which is Spark 3.5."
        )
    refuse_arguments(given.get("DefaultArguments") or {})
    return {**_DEFAULTS, **given, "Name": name, "CreatedOn": created, "LastModifiedOn": now()}


def _without(request: dict, *names: str) -> dict:
    return {name: value for name, value in request.items() if name not in names}
