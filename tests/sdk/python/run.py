"""Runs every test of this folder against the server that CONVOKE_URL names.

One line per test, and `N passed, M failed` at the end, which `cargo xtask test` reads. A test that
is skipped counts as failed: nothing here may be left out silently. Arguments are names of tests,
as unittest has them.
"""

import pathlib
import sys
import time
import unittest
import warnings

HERE = pathlib.Path(__file__).parent


class Report(unittest.TestResult):
    """Prints each test as it ends, and remembers which of them failed."""

    def __init__(self):
        super().__init__()
        self.failed = []
        self.lost = 0
        self.running = None
        self.troubles = []

    def startTest(self, test):
        super().startTest(test)
        self.running, self.troubles = test, []
        self.started = time.monotonic()

    def addError(self, test, err):
        if test is self.running:
            self.trouble("", err)
            return
        # What a whole class stands on could not be set up: none of its tests runs.
        self.lost += 1
        print(f"FAILED {test.id()}\n    " + self.indented(self._exc_info_to_string(err, test)))

    def addFailure(self, test, err):
        self.trouble("", err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.trouble(f"{subtest._subDescription()}\n", err)

    def addSkip(self, test, reason):
        self.troubles.append(f"skipped: {reason}")

    def trouble(self, where, err):
        self.troubles.append(where + self._exc_info_to_string(err, self.running))

    def stopTest(self, test):
        super().stopTest(test)
        spent = time.monotonic() - self.started
        if self.troubles:
            self.failed.append(test.id())
        print(f"{'FAILED' if self.troubles else 'ok    '} {test.id()} ({spent:.2f} s)")
        for trouble in self.troubles:
            print("    " + self.indented(trouble))
        self.running = None

    def indented(self, text):
        return text.strip().replace("\n", "\n    ")


def main():
    sys.path.insert(0, str(HERE))
    # The SDK warns of each call of an old operation, and those are tested too.
    warnings.simplefilter("ignore", DeprecationWarning)
    loader = unittest.TestLoader()
    if sys.argv[1:]:
        tests = loader.loadTestsFromNames(sys.argv[1:])
    else:
        tests = loader.discover(str(HERE), pattern="test_*.py")
    report = Report()
    tests.run(report)
    failed = len(report.failed) + report.lost
    print(f"{report.testsRun - len(report.failed)} passed, {failed} failed")
    return 1 if failed or report.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
