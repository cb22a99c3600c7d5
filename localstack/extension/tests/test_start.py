"""What the extension does when LocalStack starts."""

import gc
from types import SimpleNamespace

import pytest

from isobar_localstack import garbage_collection, service_catalog


@pytest.fixture
def folders(tmp_path, monkeypatch):
    kept, cache = tmp_path / "kept", tmp_path / "cache"
    monkeypatch.setattr(service_catalog, "_KEPT_IN", kept)
    monkeypatch.setattr(service_catalog.config, "dirs", SimpleNamespace(cache=str(cache)))
    return kept / service_catalog._file_name(), cache / service_catalog._file_name()


def test_the_kept_index_of_services_is_the_one_that_localstack_reads(folders):
    kept, used = folders
    service_catalog.use_kept_catalog()
    assert not used.exists()
    kept.parent.mkdir()
    kept.write_text("index")
    service_catalog.use_kept_catalog()
    assert used.read_text() == "index"


def test_an_index_of_localstacks_own_stays(folders):
    kept, used = folders
    for file, text in ((kept, "kept"), (used, "own")):
        file.parent.mkdir()
        file.write_text(text)
    service_catalog.use_kept_catalog()
    assert used.read_text() == "own"


def test_the_index_is_built_once_and_by_a_whole_file(folders, monkeypatch):
    kept, _used = folders
    built = []

    def build(file):
        built.append(file)
        with open(file, "w") as written:
            written.write("index")

    from localstack.aws import spec

    monkeypatch.setattr(spec, "build_service_index_cache", build)
    service_catalog.keep_catalog()
    service_catalog.keep_catalog()
    assert kept.read_text() == "index"
    assert len(built) == 1 and built[0] != str(kept)
    assert list(kept.parent.iterdir()) == [kept]


def test_what_is_loaded_is_not_looked_through_again():
    thresholds = gc.get_threshold()
    try:
        garbage_collection.collect_less_often()
        garbage_collection.leave_out_what_is_loaded()
        assert gc.get_threshold()[0] > thresholds[0]
        assert gc.get_freeze_count() > len(gc.get_objects())
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
