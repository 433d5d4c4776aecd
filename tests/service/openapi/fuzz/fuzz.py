"""Schemathesis, bounded, against a running producer. See run."""

import pathlib
import subprocess
import sys
import tempfile

from rig import Broker, Producer
from test_sweep import Stash, library, write_stamps
import test_sweep

CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,unsupported_method,allow_header_conformance")
LIMIT_S = 45


def main(producer, kafkasim, stashsim):
    test_sweep.STASHSIM = stashsim
    program = pathlib.Path(sys.executable).parent / "schemathesis"
    with Broker(kafkasim) as broker, Stash(library(45)) as stash, tempfile.TemporaryDirectory() as scratch:
        write_stamps(broker.bootstrap, [45])
        with Producer(producer, broker.bootstrap, STASH_URL=stash.url, RECONCILE_INTERVAL="0") as running:
            done = subprocess.run(
                [program, "run", f"http://127.0.0.1:{running.port}/openapi.json", "--checks", CHECKS, "--seed", "1",
                 "--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--max-time", str(LIMIT_S),
                 "--warnings", "off", "--no-color", "--no-shrink"],
                cwd=scratch, timeout=2 * LIMIT_S, check=False)
            if running.process.poll() is not None or "level=error" in running.log:
                print(running.log[-4000:])
                return 1
            running.terminate()
            return done.returncode or running.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
