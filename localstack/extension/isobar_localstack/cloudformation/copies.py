"""Copies by pickling what the engine keeps from one pass over a template to the next.

LocalStack copies it with `deepcopy`, in Python, once for each of a stack's passes: 6 % of a deploy.
"""

import pickle

from localstack.services.cloudformation.engine.v2.change_set_model_preproc import ChangeSetModelPreproc
from localstack.utils.patch import patch


def copy_by_pickling() -> None:
    @patch(ChangeSetModelPreproc._save_runtime_cache)
    def _save(_save, self):
        model, key = self._change_set.update_model, type(self).__name__
        model.before_runtime_cache[key] = copied(self._before_cache)
        model.after_runtime_cache[key] = copied(self._after_cache)


def copied(cache: dict) -> dict:
    return pickle.loads(pickle.dumps(cache, pickle.HIGHEST_PROTOCOL))
