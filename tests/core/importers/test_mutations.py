"""What is altered at random is read or refused in a sentence, whatever came in; see `import_mutations`.

AECORE_MUTATIONS asks for more of each kind than the few of every run.
"""

import json
import os
import subprocess
import sys

import pytest

KINDS = 7


@pytest.mark.skipif(os.name == "nt", reason="needs fork")
def test_altered_imports_are_read_or_refused():
    count = KINDS * int(os.environ.get("AECORE_MUTATIONS", "30"))
    command = [sys.executable, "-m", "tests.core.importers.import_mutations", str(count)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=3600).stdout)
    sys.stdout.write(json.dumps(found, indent=1))
    assert found["foreign"] == []
    assert found["megabytes"] < 300
    for kind, outcomes in found["by_kind"].items():
        assert min(outcomes["read"], outcomes["refused"]) > 0, kind
        assert set(outcomes) <= {"read", "refused", "out of time"}
