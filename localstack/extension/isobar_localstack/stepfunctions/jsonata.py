"""JSONata for state machines, from the jars of the set-up, on the machine's Java.

LocalStack would download both when the first JSONata expression is evaluated.
"""

import sys
from pathlib import Path

from isobar_localstack import settings

# JSONata's JVM is part of LocalStack's process, and by default would take a quarter of the machine's memory.
_JVM_OPTIONS = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def use_installed_jsonata() -> None:
    from localstack.services.stepfunctions.asl.jsonata import jsonata

    start = jsonata.jpype.startJVM

    def start_small(library: str, **options) -> None:
        start(library, *_JVM_OPTIONS, **options)

    jsonata.jpype_jsonata_package = _InstalledJsonata()
    jsonata.jpype.startJVM = start_small


class _InstalledJsonata:
    """Has the members of LocalStack's package and its installer that the JVM's start uses."""

    def get_installer(self) -> "_InstalledJsonata":
        return self

    def install(self) -> None:
        """The set-up has done it."""

    def get_installed_dir(self) -> str:
        return settings.jsonata_jars()

    def get_java_lib_path(self) -> str:
        home = Path(settings.java_binary()).resolve().parent.parent
        name = "libjli.dylib" if sys.platform == "darwin" else "server/libjvm.so"
        library = home / "lib" / name
        if library.exists():
            return str(library)
        raise settings.MissingSetting(
            f"JSONata needs a Java whose folder has lib/{name}, but {home} has none. Set ISOBAR_JAVA to the "
            "java binary of a complete Java 17 or newer."
        )
